import { notAllowed, type Mistakes } from './mistakes.js';
import type { FaultAction, FaultKind, WrittenFault } from './script.js';
import { readKeys, type Keys, type ValueType, type ValuesOf, optional, scalar } from './section.js';
import type { SourceMap, SourceNode } from './source.js';
import {
  daemonForms,
  linkForms,
  meantTarget,
  parseDaemon,
  parseLink,
  parseProcess,
  processForms,
  type Choice,
  type WrittenTarget,
} from './targets.js';
import { duration, durationRange, matching, speed, type DurationRange } from './values.js';

export const durationMaxMs = 3_600_000;
const delayMaxMs = 60_000;
const patternCharsMax = 200;

const target = (forms: string, parse: (text: string) => WrittenTarget | undefined): ValueType<WrittenTarget> =>
  scalar(forms, parse, (text) => meantTarget(text, parse));

const aProcess = target(processForms, parseProcess);
const aLink = target(linkForms, parseLink);
const aDaemon = target(daemonForms, parseDaemon);
const actorPattern = matching(
  new RegExp(`^(?=.{1,${patternCharsMax}}$)[^\\s/\\p{Cc}]+(?:/[^\\s/\\p{Cc}]+)*$`, 'u'),
  `an address of actors, with * for any characters within one name, of at most ${patternCharsMax} characters`,
);

const none = 'none';
/** What can be done; an entry has one of these. */
const doings = {
  kill: optional(aProcess, none, 'Killed (SIGKILL), and started again after `for`.'),
  freeze: optional(aProcess, none, 'Frozen (SIGSTOP), with its connections standing, and thawed after `for`.'),
  restart: optional(
    aProcess,
    none,
    'Stopped in order (SIGTERM), and started again after `for`; at once if that is not given.',
  ),
  cut: optional(aLink, none, 'The connections of a link break, and no new one is taken.'),
  halfOpen: optional(aLink, none, 'The connections of a link stand, and nothing passes.'),
  delay: optional(aLink, none, 'Everything on a link comes later, by `by`.'),
  throttle: optional(aLink, none, 'No more passes on a link, each way of each connection, than `to`.'),
  expireSession: optional(aDaemon, none, 'ZooKeeper is made to forget the session of a daemon.'),
  crash: optional(actorPattern, none, 'Actors of a daemon, by their address, fail; `in` says of which.'),
  slow: optional(actorPattern, none, 'Actors of a daemon do not look at their mailboxes.'),
  full: optional(actorPattern, none, 'Actors of a daemon refuse requests, as with a full mailbox.'),
} satisfies Record<FaultKind, unknown>;

const details = {
  by: optional(duration(1, delayMaxMs), none, 'How much later, for `delay`.'),
  to: optional(speed, none, 'How much passes, for `throttle`.'),
  in: optional(aDaemon, none, 'Whose actors, for `crash`, `slow` and `full`; a daemon of this product.'),
};

type Detail = keyof typeof details;

const kinds = Object.keys(doings) as readonly FaultKind[];
/** Those that an entry of each kind needs, and that no other may have. */
const neededBy: Readonly<Partial<Record<FaultKind, readonly Detail[]>>> = {
  delay: ['by'],
  throttle: ['to'],
  crash: ['in'],
  slow: ['in'],
  full: ['in'],
};
const atOnce: readonly FaultKind[] = ['expireSession', 'crash'];

/** Those that can be over at once: a connection breaks, a process is started again as soon as it is gone. */
const canBeMoments: readonly FaultKind[] = ['kill', 'restart', 'cut'];

const untilTheEnd = 'until the end';
const timelineKeys = {
  at: optional(duration(0, durationMaxMs), 'required', 'When it begins, from the beginning of the load.'),
  for: optional(duration(0, durationMaxMs), untilTheEnd, 'How long it lasts.'),
  ...doings,
  ...details,
};
const randomKeys = {
  for: optional(durationRange(durationMaxMs), untilTheEnd, 'How long it lasts; of two, the seed chooses one between.'),
  ...doings,
  ...details,
};

export interface TimedFault extends WrittenFault {
  readonly atMs: number;
}

/** An entry of the timeline. */
export const timelineEntry: ValueType<TimedFault> = entry(timelineKeys, (values, node, name, mistakes) => {
  if (values.at === undefined) {
    mistakes.note(node.at, `${name}.at is missing; allowed: ${timelineKeys.at.type.allowed}`);
    return undefined;
  }
  const written = writtenOf(values, rangeOf(values.for), node, name, mistakes);
  return written && { ...written, atMs: values.at };
});

/** An entry of `random.of`. */
export const randomEntry: ValueType<WrittenFault> = entry(randomKeys, (values, node, name, mistakes) =>
  writtenOf(values, values.for, node, name, mistakes),
);

const rangeOf = (ms: number | undefined): DurationRange | undefined =>
  ms === undefined ? undefined : { minMs: ms, maxMs: ms };

function entry<K extends Keys, T>(
  keys: K,
  make: (values: Partial<ValuesOf<K>>, node: SourceMap, name: string, mistakes: Mistakes) => T | undefined,
): ValueType<T> {
  const read = (node: SourceNode, name: string, mistakes: Mistakes): T | undefined => {
    const before = mistakes.count;
    const values = readKeys(keys, node, name, mistakes);
    if (values === undefined || mistakes.count > before) return undefined;
    if (node.kind === 'map') return make(values, node, name, mistakes);
    mistakes.note(node.at, notAllowed(name, '', `one of ${kinds.join(', ')}, with its target`));
    return undefined;
  };
  return { allowed: 'a map with one fault', keys, read };
}

type Doings = Partial<ValuesOf<typeof doings & typeof details>>;

function writtenOf(
  values: Doings,
  lasts: DurationRange | undefined,
  node: SourceMap,
  name: string,
  mistakes: Mistakes,
): WrittenFault | undefined {
  const [kind, second] = kinds.filter((each) => values[each] !== undefined);
  if (kind === undefined || second !== undefined) {
    const at = second === undefined ? node.at : node.keys.get(second)!;
    const found = second === undefined ? 'nothing is done here' : `${second} beside ${kind}`;
    mistakes.note(at, `${name}: ${found}; an entry has one of ${kinds.join(', ')}`);
    return undefined;
  }
  const before = mistakes.count;
  checkDetails(kind, values, node, name, mistakes);
  if (lasts !== undefined && atOnce.includes(kind))
    mistakes.note(node.keys.get('for')!, `${name}.for: ${kind} happens at once; leave it out`);
  else if (lasts?.minMs === 0 && !canBeMoments.includes(kind))
    mistakes.note(node.keys.get('for')!, `${name}.for: ${kind} needs some time; allowed: a duration above 0s`);
  if (mistakes.count > before) return undefined;
  const isAtOnce = atOnce.includes(kind) || (kind === 'restart' && lasts === undefined);
  return {
    at: node.at,
    fault: actionOf(kind, values),
    target: struck(kind, values),
    for: isAtOnce ? { minMs: 0, maxMs: 0 } : lasts,
  };
}

function checkDetails(kind: FaultKind, values: Doings, node: SourceMap, name: string, mistakes: Mistakes): void {
  for (const detail of Object.keys(details) as Detail[]) {
    const isNeeded = neededBy[kind]?.includes(detail) ?? false;
    const isGiven = values[detail] !== undefined;
    if (isNeeded && !isGiven)
      mistakes.note(
        node.at,
        `${name}.${detail} is missing, which ${kind} needs; allowed: ${details[detail].type.allowed}`,
      );
    if (isGiven && !isNeeded) {
      const owners = kinds.filter((each) => neededBy[each]?.includes(detail));
      mistakes.note(
        node.keys.get(detail)!,
        `${name}.${detail} means nothing to ${kind}; it belongs to ${owners.join(', ')}`,
      );
    }
  }
}

function actionOf(kind: FaultKind, { by, to }: Doings): FaultAction {
  if (kind === 'delay') return { kind, delayMs: by! };
  return kind === 'throttle' ? { kind, bytesPerSecond: to! } : { kind };
}

function struck(kind: FaultKind, values: Doings): WrittenTarget {
  const value = values[kind]!;
  if (typeof value !== 'string') return value;
  return { type: 'actors', daemon: (values.in as { readonly daemon: Choice }).daemon, pattern: value };
}
