import type { FaultRecord, History } from '../verdict/history.js';
import { PartitionFlows } from './partition-flow.js';
import type { Recovery } from './result.js';
import type { Script } from './script/script.js';
import { together } from './together.js';

type RecoveryScript = Pick<Script, 'durationMs' | 'expect' | 'daemons' | 'workload'>;

/**
 * How long it took, after each fault, until every group was given messages of every partition, and went on being given them:
 * from when a server, link or daemon was back, and from when a daemon was killed or frozen for long.
 */
export function recoveriesOf(script: RecoveryScript, history: History): Recovery[] {
  if (history.groups.length === 0) return [];
  const flows = new PartitionFlows(history);
  return together(history.faults)
    .flatMap((struck) => [...takeoverOf(struck, script), backOf(struck, script)])
    .map((moment) => measure(moment, script, history, flows))
    .sort((a, b) => a.sinceMs - b.sinceMs);
}

/** From when something is counted, and how long it may take. */
interface Moment extends Pick<Recovery, 'kind' | 'sinceMs' | 'limitMs' | 'unjudged'> {
  readonly struck: readonly FaultRecord[];
}

const insideKinds: readonly string[] = ['crash', 'slow', 'full'];

function backOf(struck: readonly FaultRecord[], { expect }: RecoveryScript): Moment {
  const { kind, daemon } = struck[0]!;
  const isInside = insideKinds.includes(kind);
  const sinceMs = Math.max(...struck.map(({ toMs }) => toMs));
  // ZooKeeper keeps what a daemon had that was killed until its session is over, though another process of it is there before.
  const isHeld = kind === 'kill' && daemon !== undefined;
  const takenOverMs = Math.max(...struck.map(({ fromMs }) => fromMs)) + expect.takeoverWithinMs;
  return {
    kind: 'back',
    struck,
    sinceMs,
    limitMs: isHeld ? Math.max(expect.backWithinMs, Math.round(takenOverMs - sinceMs)) : expect.backWithinMs,
    unjudged: isInside ? 'there is no limit for faults inside a daemon' : undefined,
  };
}

/** `[]`: nobody has to take anything over. */
function takeoverOf(struck: readonly FaultRecord[], script: RecoveryScript): Moment[] {
  const { kind, daemon } = struck[0]!;
  const limitMs = script.expect.takeoverWithinMs;
  const sinceMs = Math.max(...struck.map(({ fromMs }) => fromMs));
  const isGone = kind === 'kill' || kind === 'freeze';
  const isCutOff = (kind === 'cut' || kind === 'halfOpen') && struck.some(({ costs }) => costs.includes('claims'));
  const isLong = struck.every(({ toMs }) => toMs - sinceMs > limitMs);
  if (daemon === undefined || !isLong || !(isGone || isCutOff)) return [];
  let unjudged: string | undefined;
  if (isCutOff) unjudged = 'there is no limit for a daemon that is cut off and lives';
  else if (!isAnyoneLeft(struck, script)) unjudged = 'no other daemon was there for a group';
  return [{ kind: 'takeover', struck, sinceMs, limitMs, unjudged }];
}

/** Each group has another daemon. */
function isAnyoneLeft(struck: readonly FaultRecord[], { daemons, workload }: RecoveryScript): boolean {
  if (workload.type === 'command') return true;
  return workload.consume.every((load) =>
    daemons
      .filter(({ name }) => load.daemons === undefined || load.daemons === name)
      .flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, at) => `daemon ${from + at}`))
      .some((name) => struck.every(({ daemon }) => daemon !== name)),
  );
}

function measure(moment: Moment, script: RecoveryScript, history: History, flows: PartitionFlows): Recovery {
  const { kind, struck, sinceMs, limitMs } = moment;
  // What stands still when something else is broken, stands still by that.
  const others = history.faults.filter((fault) => !struck.includes(fault) && fault.fromMs > sinceMs);
  const untilMs = Math.min(sinceMs + limitMs, ...others.map(({ fromMs }) => fromMs));
  const found = flows.resumedSince(sinceMs, untilMs - sinceMs);
  const last = found.reduce((latest, each) => (each.tookMs > latest.tookMs ? each : latest), found[0]!);
  const tookMs = last !== undefined && last.tookMs < Infinity ? last.tookMs : undefined;
  const more = struck.length > 1 ? `, and ${struck.length - 1} more at that time` : '';
  return {
    kind,
    fault: `${struck[0]!.text}${more}`,
    sinceMs,
    limitMs,
    tookMs,
    slowest: last && { group: last.group, topic: last.topic, partition: last.partition },
    unjudged: moment.unjudged ?? obstacle(moment, found.length > 0, tookMs, script, history),
  };
}

/** Why it says nothing that the limit was missed, or that nothing was found; `undefined`: it counts. */
function obstacle(
  { struck, sinceMs, limitMs }: Moment,
  isPosted: boolean,
  tookMs: number | undefined,
  { durationMs }: RecoveryScript,
  { faults }: History,
): string | undefined {
  if (tookMs !== undefined && tookMs <= limitMs) return undefined;
  const endMs = sinceMs + limitMs;
  const other = faults.find((fault) => !struck.includes(fault) && fault.fromMs <= endMs && fault.toMs >= sinceMs);
  if (other) return `${other.fromMs > sinceMs ? 'another fault came first' : 'another fault lasted'}: ${other.text}`;
  if (durationMs < endMs) return 'the load ended first';
  return isPosted ? undefined : 'nothing waited to be consumed then';
}
