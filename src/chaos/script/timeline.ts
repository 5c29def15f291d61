import { seededRandom } from '../../host/virtual-host.js';
import type { RandomFaults, Script, TimelineFault, WrittenFault } from './script.js';
import { describeTarget, targetsOf, type WorldSize } from './targets.js';
import { showMs } from './values.js';

/** What lasts until the end of the run says nothing when it is over at once. */
const openEndedMinMs = 1000;

/** How often another choice is tried where one would strike what is struck already; then that slot stays quiet. */
const drawsMax = 20;

/**
 * Everything that is done to the world, in the order of time. Faults at random are drawn by `seed`, never in the way of
 * another one, and so that there is time for them; the same script and seed give the same list.
 */
export function resolveTimeline(script: Script, seed: number | undefined = script.random?.seed): TimelineFault[] {
  const all = [...script.faults];
  if (script.random && seed !== undefined) all.push(...drawn(script.random, seed, script));
  return all.sort((a, b) => a.atMs - b.atMs);
}

export function sizeOf({ cluster, daemons }: Pick<Script, 'cluster' | 'daemons'>): WorldSize {
  return { brokers: cluster.type === 'started' ? cluster.brokers : 0, daemons: daemons.at(-1)!.to };
}

function drawn(random: RandomFaults, seed: number, script: Script): TimelineFault[] {
  const chance = seededRandom(seed);
  const upTo = (max: number) => 1 + Math.floor(chance.next() * max);
  const size = sizeOf(script);
  const found: TimelineFault[] = [];
  for (let slotMs = random.fromMs; slotMs < random.untilMs; slotMs += random.everyMs) {
    const lengthMs = Math.min(random.everyMs, random.untilMs - slotMs);
    for (let draw = 0; draw < drawsMax; draw++) {
      const drawnMs = slotMs + upTo(lengthMs) - 1;
      const written = random.of[upTo(random.of.length) - 1]!;
      const wished = faultsOf(written, drawnMs, script.durationMs, size, upTo);
      const neededMs = written.for ? wished[0]!.forMs : openEndedMinMs;
      const latestMs = script.durationMs - neededMs;
      if (latestMs < slotMs) continue;
      const atMs = drawnMs <= latestMs ? drawnMs : slotMs + upTo(latestMs - slotMs + 1) - 1;
      const faults = wished.map((fault) => ({
        ...fault,
        atMs,
        forMs: written.for ? fault.forMs : script.durationMs - atMs,
      }));
      const others = [...script.faults, ...found];
      if (faults.some((fault) => others.some((other) => isInTheWay(fault, other)))) continue;
      found.push(...faults);
      break;
    }
  }
  return found;
}

/** One for each target. One without a length ends with the run. */
export function faultsOf(
  { fault, target, for: lasts }: WrittenFault,
  atMs: number,
  durationMs: number,
  size: WorldSize,
  draw: (max: number) => number,
): TimelineFault[] {
  const forMs = lasts ? lasts.minMs + draw(lasts.maxMs - lasts.minMs + 1) - 1 : durationMs - atMs;
  return targetsOf(target, size, draw).map((one) => ({ atMs, forMs, fault, target: one }));
}

/** Whether two faults cannot be there at one time: of a process that is gone, nothing more can be broken. */
export function isInTheWay(a: TimelineFault, b: TimelineFault): boolean {
  // What happens at once takes its moment as well.
  const overlaps = a.atMs < b.atMs + Math.max(1, b.forMs) && b.atMs < a.atMs + Math.max(1, a.forMs);
  return overlaps && (isSame(a, b) || isOfGoneDaemon(a, b) || isOfGoneDaemon(b, a));
}

const isSame = (a: TimelineFault, b: TimelineFault): boolean =>
  describeTarget(a.target) === describeTarget(b.target) &&
  // A process that is frozen can still be made to lose its session; actors can be struck in several ways.
  (a.fault.kind === 'expireSession') === (b.fault.kind === 'expireSession') &&
  (a.target.type !== 'actors' || a.fault.kind === b.fault.kind);

function isOfGoneDaemon(inner: TimelineFault, gone: TimelineFault): boolean {
  const isGone = gone.target.type === 'daemon' && (gone.fault.kind === 'kill' || gone.fault.kind === 'restart');
  const isInner = inner.fault.kind === 'expireSession' || inner.target.type === 'actors';
  return isGone && isInner && (inner.target as { readonly daemon: number }).daemon === gone.target.daemon;
}

/** `kill broker 1 at 5s for 3s`. */
export function describeFault({ atMs, forMs, fault, target }: TimelineFault): string {
  const lasts = forMs > 0 ? ` for ${showMs(forMs)}` : '';
  return `${fault.kind} ${describeTarget(target)} at ${showMs(atMs)}${lasts}`;
}
