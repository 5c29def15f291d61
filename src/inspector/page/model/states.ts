import type { StateValue } from '../../protocol.js';

/** `owning.reading`; of regions side by side: `a.x, b.y`. */
export function stateText(value: StateValue | undefined): string {
  if (value === undefined) return '';
  return leaves(value).join(', ');
}

function leaves(value: StateValue): string[] {
  if (typeof value === 'string') return [value];
  return Object.entries(value).flatMap(([name, inner]) => {
    const below = leaves(inner);
    return below.length === 0 ? [name] : below.map((path) => `${name}.${path}`);
  });
}

/** Paths of all states that hold, from the machine itself (`''`) down, as a drawing names them. */
export function activePaths(value: StateValue | undefined): ReadonlySet<string> {
  const paths = new Set<string>();
  if (value === undefined) return paths;
  paths.add('');
  const enter = (inner: StateValue, above: string): void => {
    for (const [name, below] of typeof inner === 'string' ? [[inner, {}] as const] : Object.entries(inner)) {
      const path = above === '' ? name : `${above}.${name}`;
      paths.add(path);
      enter(below, path);
    }
  };
  enter(value, '');
  return paths;
}

/** How a state feels: at work, on the way somewhere, at rest, or in need of somebody's attention. */
export type Tone = 'ok' | 'wait' | 'idle' | 'bad';

const toneNames: Readonly<Record<Exclude<Tone, 'ok'>, readonly string[]>> = {
  bad: ['restarting', 'lost', 'lapsed', 'suspect', 'unknownTopic', 'unreachable', 'blocked', 'overdue', 'refused'],
  idle: ['idle', 'empty', 'gone', 'clean', 'stopped', 'released', 'drained', 'closed', 'free', 'resting', 'standby'],
  wait: [
    ...['starting', 'connecting', 'joining', 'settling', 'resolving', 'rebalancing', 'claiming', 'awaitingClaim'],
    ...['positioning', 'positioningLater', 'setting', 'committing', 'releasing', 'releasingLater', 'backingOff'],
    ...['retrying', 'refreshing', 'leaving', 'leavingLater', 'cleaning', 'cleaningLater', 'vacant', 'away', 'full'],
    ...['draining', 'closing', 'flushing', 'expiring', 'moved', 'announcing', 'unsettled', 'unfinished'],
  ],
};
const toneByName = new Map(
  (['bad', 'idle', 'wait'] as const).flatMap((tone) => toneNames[tone].map((name) => [name, tone] as const)),
);
/** Every name that is not at work, so that a test can hold them against the machines. */
export const tonedNames: readonly string[] = [...toneByName.keys()];

const graveness: readonly Tone[] = ['idle', 'ok', 'wait', 'bad'];

/** By the names that this product's machines give their states; the gravest of several. */
export function toneOf(value: StateValue | undefined): Tone {
  if (value === undefined) return 'idle';
  const names = leaves(value).map((path) => path.slice(path.lastIndexOf('.') + 1));
  const tones = names.map((name) => toneByName.get(name) ?? 'ok');
  return graveness.findLast((tone) => tones.includes(tone)) ?? 'ok';
}
