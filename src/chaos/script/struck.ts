import { releaseOf } from '../../cluster/versions.js';
import type { TimedFault } from './faults.js';
import type { Mistakes, Place } from './mistakes.js';
import type { scriptKeys } from './schema.js';
import type { RandomFaults, Script, TimelineFault, WrittenFault } from './script.js';
import type { ValuesOf } from './section.js';
import { describeTarget, type WrittenTarget } from './targets.js';
import { describeFault, faultsOf, isInTheWay, sizeOf } from './timeline.js';
import { showMs } from './values.js';

/** What faults are done to. */
export type StruckWorld = Pick<Script, 'cluster' | 'daemons' | 'durationMs'>;

/** Faults of the timeline, with their targets counted out. */
const timelineMax = 500;
/** As long as a daemon lets a fault inside it last: its own limit, in src/fault-injection. */
const innerFaultMaxMs = 600_000;
/** Of faults at random. */
const slotsMax = 200;

/** The faults with a time of their own, in the order of their times; what cannot be done is noted. */
export function timelineOf(written: readonly TimedFault[], world: StruckWorld, mistakes: Mistakes): TimelineFault[] {
  const size = sizeOf(world);
  const all: { readonly at: Place; readonly fault: TimelineFault }[] = [];
  for (const one of written) {
    const before = mistakes.count;
    checkTarget(one, world, mistakes);
    if (namesAny(one.target))
      mistakes.note(
        one.at,
        `${one.fault.kind} ${describeTarget(one.target)}: any is for random; name one here, or every`,
      );
    checkTimes(one, world.durationMs, mistakes);
    checkLength(one, world.durationMs - one.atMs, mistakes);
    if (mistakes.count > before) continue;
    const fresh = faultsOf(one, one.atMs, world.durationMs, size, () => 1);
    if (all.length + fresh.length > timelineMax) {
      mistakes.note(one.at, `more than ${timelineMax} faults, each target counted; take some out`);
      break;
    }
    const clash = firstClash(fresh, all);
    if (clash) mistakes.note(one.at, clash);
    all.push(...fresh.map((fault) => ({ at: one.at, fault })));
  }
  return all.map(({ fault }) => fault).sort((a, b) => a.atMs - b.atMs);
}

function firstClash(
  fresh: readonly TimelineFault[],
  all: readonly { readonly at: Place; readonly fault: TimelineFault }[],
): string | undefined {
  for (const fault of fresh) {
    const other = all.find((each) => isInTheWay(fault, each.fault));
    if (other)
      return `${describeFault(fault)} overlaps with ${describeFault(other.fault)} (line ${other.at.line}); let one end before the other begins`;
  }
  return undefined;
}

function checkTimes({ at, atMs, fault, for: lasts }: TimedFault, durationMs: number, mistakes: Mistakes): void {
  const endMs = atMs + (lasts?.maxMs ?? 0);
  if (atMs >= durationMs)
    mistakes.note(
      at,
      `${fault.kind} at ${showMs(atMs)} begins when the run of ${showMs(durationMs)} is over; begin earlier, or raise duration`,
    );
  else if (endMs > durationMs)
    mistakes.note(
      at,
      `${fault.kind} at ${showMs(atMs)} ends at ${showMs(endMs)}, after the run of ${showMs(durationMs)}; leave out for, or raise duration`,
    );
}

/** `restMs`: as long as it lasts if nothing else is said. */
function checkLength({ at, fault, for: lasts }: WrittenFault, restMs: number, mistakes: Mistakes): void {
  const longestMs = Math.min(lasts?.maxMs ?? restMs, restMs);
  if ((fault.kind === 'slow' || fault.kind === 'full') && longestMs > innerFaultMaxMs)
    mistakes.note(
      at,
      `${fault.kind} lasts up to ${showMs(longestMs)}; inside a daemon a fault lasts ${showMs(innerFaultMaxMs)} at most: give it a for, or have several in a row`,
    );
}

function checkRoom(
  { at, fault, for: lasts }: WrittenFault,
  fromMs: number,
  durationMs: number,
  mistakes: Mistakes,
): void {
  const roomMs = durationMs - fromMs;
  if (lasts && roomMs > 0 && lasts.minMs > roomMs)
    mistakes.note(
      at,
      `${fault.kind} lasts ${showMs(lasts.minMs)} at least; from ${showMs(fromMs)} (random.from) to the end of the run there are ${showMs(roomMs)}: make it shorter, or raise duration`,
    );
}

const namesAny = (target: WrittenTarget): boolean => Object.values(target).includes('any');

/** Whether there is such a target, and it may be struck. */
function checkTarget({ at, fault, target }: WrittenFault, { cluster, daemons }: StruckWorld, mistakes: Mistakes): void {
  const what = `${fault.kind} ${describeTarget(target)}`;
  const size = sizeOf({ cluster, daemons });
  const needsOwnCluster = target.type === 'broker' || target.type === 'zookeeper' || target.type === 'daemon-to-broker';
  if (cluster.type === 'given' && needsOwnCluster) {
    const why =
      target.type === 'daemon-to-broker'
        ? 'its brokers name their own addresses, so daemons walk round any link that is put between'
        : 'none of its processes is touched';
    mistakes.note(
      at,
      `${what}: the cluster is given, and ${why}; have one started, or strike daemons or their links to zookeeper`,
    );
    return;
  }
  if (cluster.type === 'started' && target.type === 'daemon-to-broker') {
    const { endpoint, version } = releaseOf(cluster.kafkaVersion);
    if (endpoint !== 'named-listeners')
      mistakes.note(
        at,
        `${what}: a broker of Kafka ${version} tells every daemon the same address, so that nothing can be put between; use 1.0.0 or newer, or strike brokers or links to zookeeper`,
      );
  }
  if ('broker' in target) checkNumber(at, what, 'broker', target.broker, size.brokers, mistakes);
  if ('daemon' in target) checkNumber(at, what, 'daemon', target.daemon, size.daemons, mistakes);
  if (target.type !== 'actors') return;
  const others = daemons.filter(
    ({ command, from, to }) =>
      command && (typeof target.daemon !== 'number' || (target.daemon >= from && target.daemon <= to)),
  );
  if (others.length > 0)
    mistakes.note(
      at,
      `${what}: ${others[0]!.name} is started by a command of its own; only daemons of this product take faults inside`,
    );
}

function checkNumber(at: Place, what: string, noun: string, given: unknown, max: number, mistakes: Mistakes): void {
  if (typeof given !== 'number' || (given >= 1 && given <= max)) return;
  const there = max === 1 ? `only ${noun} 1` : `${noun}s 1 to ${max}`;
  mistakes.note(at, `${what}: there is no ${noun} ${given}; there ${max === 1 ? 'is' : 'are'} ${there}`);
}

/** Faults at random; what cannot be done is noted. */
export function randomOf(
  { seed, every, from, until, of }: NonNullable<ValuesOf<typeof scriptKeys>['random']>,
  world: StruckWorld,
  mistakes: Mistakes,
): RandomFaults {
  for (const written of of) {
    checkTarget(written, world, mistakes);
    checkLength(written, world.durationMs - from.value, mistakes);
    checkRoom(written, from.value, world.durationMs, mistakes);
  }
  const untilMs = until?.value ?? world.durationMs;
  if (until && untilMs > world.durationMs)
    mistakes.note(until.at, `random.until: ${showMs(untilMs)} is after the run of ${showMs(world.durationMs)}`);
  if (from.value >= untilMs)
    mistakes.note(
      from.at,
      `random.from: ${showMs(from.value)} leaves no time before ${showMs(untilMs)}, when no more faults begin`,
    );
  if ((untilMs - from.value) / every.value > slotsMax)
    mistakes.note(every.at, `random.every: more than ${slotsMax} faults; make it longer`);
  return { seed, everyMs: every.value, fromMs: from.value, untilMs, of };
}
