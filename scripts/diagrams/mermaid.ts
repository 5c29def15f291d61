/**
 * A machine's chart as Mermaid text (stateDiagram-v2).
 *
 * Mermaid draws an arrow between a composite state and a state inside of it badly or not at all, shows no lines of text
 * in a composite, and lays its notes over arrows. So descriptions are lines of their state; what holds in every state of
 * a composite stands in a box of its own within it, from which such arrows start; and an arrow from within to the
 * composite itself goes to where the composite begins.
 */
import type { MachineChart, MachineState, MachineTransition } from '../../src/machines/transitions.js';

/** A longer description stands only in the list below the drawing: within a state it would make the box too wide. */
const descriptionCharactersMax = 60;

/** The drawing of one machine. Ends with a line break. */
export function mermaid(chart: MachineChart): string {
  return [
    `%% ${chart.id}: generated from the machine by \`npm run diagrams\`; do not edit.`,
    'stateDiagram-v2',
    ...new Drawing(chart).scope('').map((line) => `  ${line}`),
    '',
  ].join('\n');
}

class Drawing {
  readonly #states: ReadonlyMap<string, MachineState>;
  readonly #transitions: readonly MachineTransition[];

  constructor(chart: MachineChart) {
    this.#states = new Map(chart.states.map((state) => [state.path, state]));
    this.#transitions = chart.transitions;
  }

  /** What lies directly in the composite state `path`: its states, then the arrows between them. */
  scope(path: string): string[] {
    const state = this.#state(path);
    if (state.type === 'parallel') return this.#regions(state);
    return [
      ...state.children.flatMap((child) => this.#declare(child)),
      ...this.#everywhere(state),
      ...(state.initial === undefined ? [] : [`[*] --> ${nodeId(state.initial)}`]),
      ...this.#arrowsIn(path),
      ...state.children
        .filter((child) => this.#state(child).type === 'final')
        .map((child) => `${nodeId(child)} --> [*]`),
    ];
  }

  #regions(state: MachineState): string[] {
    const regions = state.children.map((child) => [...this.#declare(child), `[*] --> ${nodeId(child)}`]);
    const everywhere = [...this.#everywhere(state), ...this.#arrowsIn(state.path)];
    if (everywhere.length > 0) regions.push(everywhere);
    return regions.flatMap((region, at) => (at === 0 ? region : ['--', ...region]));
  }

  #declare(path: string): string[] {
    const state = this.#state(path);
    const id = nodeId(path);
    if (state.children.length > 0) {
      return [`state "${clean(state.name)}" as ${id} {`, ...this.scope(path).map((line) => `  ${line}`), '}'];
    }
    return [
      `state "${clean(state.name)}" as ${id}`,
      ...[...shortDescription(state), ...this.#duties(state)].map((line) => `${id} : ${line}`),
    ];
  }

  /** The box of what holds in every state of a composite; nothing where there is no such thing. */
  #everywhere(state: MachineState): string[] {
    const duties = this.#duties(state);
    const starts = this.#transitions.some(
      ({ source, targets }) => source === state.path && targets.some((target) => isWithin(target, source)),
    );
    if (duties.length === 0 && !starts) return [];
    const id = everywhereId(state.path);
    const where = state.path === '' ? 'in every state' : `in every state of ${state.name}`;
    return [`state "(${clean(where)})" as ${id}`, ...duties.map((line) => `${id} : ${line}`)];
  }

  #duties(state: MachineState): string[] {
    const stays = this.#transitions.filter(({ source, targets }) => source === state.path && targets.length === 0);
    return [
      ...(state.entry.length > 0 ? [`entry / ${state.entry.join(', ')}`] : []),
      ...(state.exit.length > 0 ? [`exit / ${state.exit.join(', ')}`] : []),
      ...state.invoke.map((source) => `invokes ${source}`),
      ...stays.map(arrowLabel),
      ...(state.tags.length > 0 ? [`tags ${state.tags.join(', ')}`] : []),
    ].map(clean);
  }

  /** The arrows whose ends have `path` as the nearest composite around both: Mermaid wants them declared there. */
  #arrowsIn(path: string): string[] {
    return this.#transitions.flatMap((transition) =>
      transition.targets
        .map((target) => this.#ends(transition.source, target))
        .filter(({ around }) => around === path)
        .map(({ from, to }) => `${from} --> ${to} : ${clean(arrowLabel(transition))}`),
    );
  }

  #ends(source: string, target: string): { from: string; to: string; around: string } {
    const isComposite = this.#state(source).children.length > 0;
    if (isComposite && isWithin(target, source)) {
      const to = target === source ? this.#beginning(target) : target;
      return { from: everywhereId(source), to: nodeId(to), around: source };
    }
    if (source !== target && isWithin(source, target)) {
      return { from: nodeId(source), to: nodeId(this.#beginning(target)), around: target };
    }
    return { from: nodeId(source), to: nodeId(target), around: commonAncestor(source, target) };
  }

  /** Where a composite state begins: its initial state, or its first region. */
  #beginning(path: string): string {
    const { initial, children } = this.#state(path);
    return initial ?? children[0] ?? path;
  }

  #state(path: string): MachineState {
    const state = this.#states.get(path);
    if (!state) throw new Error(`no state ${path}`);
    return state;
  }
}

function arrowLabel({ event, guard, actions, reenter }: MachineTransition): string {
  const condition = guard === undefined ? '' : ` [${guard}]`;
  const effects = actions.length === 0 ? '' : ` / ${actions.join(', ')}`;
  return `${event}${condition}${effects}${reenter ? ' (reenters)' : ''}`;
}

function shortDescription({ description }: MachineState): string[] {
  return description === undefined || description.length > descriptionCharactersMax ? [] : [clean(description)];
}

const isWithin = (path: string, ancestor: string): boolean =>
  ancestor === '' || path === ancestor || path.startsWith(`${ancestor}.`);

function commonAncestor(a: string, b: string): string {
  const parents = a.split('.').slice(0, -1);
  while (parents.length > 0 && !(isWithin(b, parents.join('.')) && b !== parents.join('.'))) parents.pop();
  return parents.join('.');
}

/** A prefix keeps a state that is called `end`, `state` or `note` from being read as a word of Mermaid's. */
const nodeId = (path: string): string => `s_${path.replace(/[^A-Za-z0-9]/g, '_')}`;
const everywhereId = (path: string): string => `${nodeId(path)}_everywhere`;

/** Mermaid reads these characters as its own, in labels too. */
const clean = (text: string): string =>
  text.replace(/[:;]/g, ',').replace(/[#{}"<>]/g, ' ').replace(/\s+/g, ' ').trim();
