/**
 * What a machine can do, as data: its states and its transitions, each transition with an id that a person can read. Tests,
 * drawings, inspector and simulator all use this one list, so what is drawn is what is counted.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

export type TransitionKind = 'event' | 'after' | 'always' | 'done' | 'error';

export interface MachineTransition {
  /** For example `producer-batcher: busy.inFlight --batch.failed[mayRetry]--> busy.backingOff`. Unique in the machine. */
  readonly id: string;
  /** Path of the state that declares it, joined by dots; '' is the machine itself. */
  readonly source: string;
  /** The event's type; `after <delay>`, `always`, `done`, `done <invoked>`, `error <invoked>`, `snapshot <invoked>`. */
  readonly event: string;
  readonly guard?: string;
  /** Paths as in `source`. Empty: the machine stays where it is, and only the actions run. */
  readonly targets: readonly string[];
  readonly actions: readonly string[];
  readonly kind: TransitionKind;
  /** Whether the source is left and entered again although the target lies within it. */
  readonly reenter: boolean;
}

export interface MachineState {
  /** Keys from the machine down, joined by dots; '' is the machine itself. */
  readonly path: string;
  /** The last key; the machine's id for the machine itself. */
  readonly name: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Path of the child that is entered first. */
  readonly initial?: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  /** Names of the invoked actors. */
  readonly invoke: readonly string[];
  /** Paths of the children, in the order written. */
  readonly children: readonly string[];
}

export interface MachineChart {
  readonly id: string;
  /** Parents before their children, in the order written. */
  readonly states: readonly MachineState[];
  readonly transitions: readonly MachineTransition[];
}

/** Every state and transition of a machine. */
export function chart(machine: AnyStateMachine): MachineChart {
  return { id: machine.id, states: nodesOf(machine.root).map(stateOf), transitions: transitionsOf(machine) };
}

/** Every transition of a machine, in the order written. The start is none: it cannot be missed. */
export function transitionsOf(machine: AnyStateMachine): MachineTransition[] {
  return [...transitionIndex(machine).values()];
}

/** The same list, found by XState's own objects, as its inspection events carry them. */
export function transitionIndex(machine: AnyStateMachine): ReadonlyMap<AnyTransitionDefinition, MachineTransition> {
  const index = new Map<AnyTransitionDefinition, MachineTransition>();
  const seen = new Map<string, number>();
  for (const node of nodesOf(machine.root)) {
    for (const definition of [...(node.always ?? []), ...[...node.transitions.values()].flat()]) {
      const transition = transitionOf(machine, node, definition);
      const twins = (seen.get(transition.id) ?? 0) + 1;
      seen.set(transition.id, twins);
      index.set(definition, twins === 1 ? transition : { ...transition, id: `${transition.id} (${twins})` });
    }
  }
  return index;
}

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  const children = Object.values(node.states) as AnyStateNode[];
  return [node, ...children.flatMap(nodesOf)];
}

const pathOf = (node: AnyStateNode): string => node.path.join('.');

function stateOf(node: AnyStateNode): MachineState {
  const children = Object.values(node.states) as AnyStateNode[];
  const initial = node.type === 'compound' ? (node.initial.target[0] as AnyStateNode | undefined) : undefined;
  return {
    path: pathOf(node),
    name: node.key,
    type: node.type,
    ...(initial && { initial: pathOf(initial) }),
    ...(node.description !== undefined && { description: node.description }),
    tags: [...node.tags],
    entry: actionNames(node.entry),
    exit: actionNames(node.exit),
    invoke: node.invoke.map((invoked) => sourceName(invoked.src, invoked.id)),
    children: children.map(pathOf),
  };
}

function transitionOf(
  machine: AnyStateMachine,
  node: AnyStateNode,
  definition: AnyTransitionDefinition,
): MachineTransition {
  const { event, kind } = eventOf(node, definition);
  const source = pathOf(node);
  const guard = definition.guard === undefined ? undefined : guardName(definition.guard);
  const targets = (definition.target ?? []).map((target) => pathOf(target as AnyStateNode));
  const label = guard === undefined ? event : `${event}[${guard}]`;
  const to = targets.length === 0 ? '(stays)' : targets.map((target) => target || '(machine)').join(' + ');
  return {
    id: `${machine.id}: ${source || '(machine)'} --${label}--> ${to}${definition.reenter ? ' (reenters)' : ''}`,
    source,
    event,
    ...(guard !== undefined && { guard }),
    targets,
    actions: actionNames(definition.actions),
    kind,
    reenter: definition.reenter,
  };
}

/** XState names its own events `xstate.<what>.<id>`; people know them by the delay and by what was invoked. */
function eventOf(node: AnyStateNode, definition: AnyTransitionDefinition): { event: string; kind: TransitionKind } {
  const type: string = definition.eventType;
  if (type === '') return { event: 'always', kind: 'always' };
  if ('delay' in definition) {
    const delay = definition.delay as string | number;
    return { event: `after ${typeof delay === 'number' ? `${delay} ms` : delay}`, kind: 'after' };
  }
  if (type === `xstate.done.state.${node.id}`) return { event: 'done', kind: 'done' };
  for (const invoked of node.invoke) {
    const name = sourceName(invoked.src, invoked.id);
    if (type === `xstate.done.actor.${invoked.id}`) return { event: `done ${name}`, kind: 'done' };
    if (type === `xstate.error.actor.${invoked.id}`) return { event: `error ${name}`, kind: 'error' };
    if (type === `xstate.snapshot.${invoked.id}`) return { event: `snapshot ${name}`, kind: 'event' };
  }
  return { event: type, kind: 'event' };
}

function sourceName(src: unknown, id: string): string {
  return typeof src === 'string' ? src : id;
}

interface CombinedGuard {
  readonly name: string;
  readonly guards?: readonly unknown[];
  readonly stateValue?: unknown;
}

function guardName(guard: unknown): string {
  if (typeof guard === 'string') return guard;
  if (typeof guard !== 'function') return String((guard as { type: string }).type);
  const { name, guards, stateValue } = guard as CombinedGuard;
  if (stateValue !== undefined) return `in ${JSON.stringify(stateValue).replaceAll('"', '')}`;
  if (!guards) return name || '(inline)';
  const names = guards.map(guardName);
  return name === 'not' ? `not ${names.join()}` : `(${names.join(` ${name} `)})`;
}

/** Names of the actions that the machine's author wrote; those by which XState arms and clears its delays are left out. */
function actionNames(actions: readonly unknown[]): string[] {
  return actions.map(actionName).filter((name) => name !== 'raise' && name !== 'cancel');
}

function actionName(action: unknown): string {
  if (typeof action === 'string') return action;
  const { type, name } = action as { type?: string; name?: string };
  return (type ?? (name || '(inline)')).replace(/^xstate\./, '');
}
