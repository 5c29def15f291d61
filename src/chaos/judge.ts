import { explainByFaults } from '../verdict/explain-by-faults.js';
import type { FaultRecord, History, HistoryTiming, Violation } from '../verdict/history.js';
import { judge, type Judged } from '../verdict/judge.js';
import { groupedBy, strikes } from '../verdict/places.js';
import { ByPartition } from './by-partition.js';
import { recoveriesOf } from './recovery.js';
import { sumOf } from './report/counts.js';
import { counted, duration } from './report/format.js';
import type { ChaosVerdict, CheckOutcome, CommandEnd, DaemonLife, Recovery } from './result.js';
import { checkNames, type CheckName, type Script } from './script/script.js';
import type { DaemonLogLine } from './world/world.js';

/** All that was seen of a run. */
export interface SeenRun {
  readonly script: Script;
  readonly history: History;
  readonly timing: HistoryTiming;
  readonly processes: readonly DaemonLife[];
  /** `undefined`: the script has none. */
  readonly command: CommandEnd | undefined;
  readonly logLines: readonly DaemonLogLine[];
  /** Faults that could not be done, or not be taken back. */
  readonly undone: readonly { readonly atMs: number; readonly text: string }[];
  /** When the load began, milliseconds since the Unix epoch. */
  readonly startedAtWallMs: number;
}

const pastUnacked = 'committed past unacked';

/** Daemons that offer a message only so often commit past it, as they were told to. */
const givesUp = ({ daemons }: Script): boolean =>
  daemons.some(({ config }) => {
    const { consumer } = config;
    return typeof consumer === 'object' && 'max_retries' in consumer && Number(consumer['max_retries']) >= 0;
  });

/** Holds a run on real processes against everything that is promised. */
export function judgeRun(run: SeenRun): ChaosVerdict {
  const { script, history, timing, logLines, startedAtWallMs } = run;
  const { leaveOut } = script.expect;
  const lostSessions = sessionsLost(run);
  const judged = judge({ ...history, faults: [...history.faults, ...lostSessions] }, timing, explainByFaults);
  const recoveries = recoveriesOf(script, history);
  const found = groupedBy(
    [
      ...judged.violations.filter(({ check }) => !(givesUp(script) && check === pastUnacked)),
      ...recoveries.flatMap(lateness),
      ...run.processes.flatMap(uncleanEnd),
      ...logLines.flatMap((line) => defect(line, startedAtWallMs)),
      ...workloadFailures(run),
      ...run.undone.map(({ atMs, text }) => ({ check: 'fault not done', atMs, text })),
    ],
    ({ check }) => check,
  );
  const looked = lookedAt(run, judged.looked, recoveries);
  const checks = checkNames.map((name): CheckOutcome => {
    const violations = found.get(name) ?? [];
    const { count, text } = looked[name];
    const counts = violations.length > 0 ? 'broken' : count === 0 ? 'not exercised' : 'held';
    return { name, outcome: leaveOut.includes(name) ? 'left out' : counts, looked: text, violations };
  });
  const violations = checks
    .flatMap((check) => (check.outcome === 'broken' ? check.violations : []))
    .sort((a, b) => a.atMs - b.atMs);
  return {
    passed: violations.length === 0,
    checks,
    violations,
    explained: judged.explained,
    recoveries,
    remarks: remarksOn(run, checks, lostSessions),
  };
}

/** Sessions that ended though nothing was done to them, as on a machine that is too busy: what follows from it is no defect, but told. */
function sessionsLost({ history, timing, logLines, startedAtWallMs }: SeenRun): FaultRecord[] {
  return logLines.flatMap(({ kind, daemon, wallMs }): FaultRecord[] => {
    if (kind !== 'session') return [];
    const toMs = wallMs - startedAtWallMs;
    const isStruck = history.faults.some(
      (fault) =>
        fault.costs.includes('claims') &&
        strikes(fault, daemon) &&
        fault.fromMs - timing.slackMs <= toMs &&
        toMs <= fault.toMs + timing.sessionTimeoutMs + timing.slackMs,
    );
    if (isStruck) return [];
    const fromMs = toMs - timing.sessionTimeoutMs;
    return [
      { kind: 'session lost', text: `${daemon} lost its session`, daemon, costs: ['claims', 'lease'], fromMs, toMs },
    ];
  });
}

function lateness({ kind, fault, sinceMs, limitMs, tookMs, slowest, unjudged }: Recovery): Violation[] {
  if (unjudged !== undefined || (tookMs !== undefined && tookMs <= limitMs)) return [];
  const what = slowest ? `${slowest.topic}/${slowest.partition} by group ${slowest.group}` : 'what was posted';
  const began = kind === 'back' ? 'was taken back' : 'began';
  const took = tookMs === undefined ? 'not again before the end' : `only ${duration(tookMs)} after it ${began}`;
  const text = `${fault}: ${what} was consumed ${took}, which may take ${duration(limitMs)}`;
  return [{ check: 'back in time', atMs: sinceMs + limitMs, text }];
}

function uncleanEnd({ daemon, memberId, fromMs, toMs, end, exitCode, signal, tookMs }: DaemonLife): Violation[] {
  const broken = (text: string): Violation[] => [
    { check: 'unclean end', atMs: toMs ?? fromMs, text: `${daemon} (${memberId}) ${text}` },
  ];
  const how = exitCode === null ? `signal ${signal ?? 'unknown'}` : `exit code ${exitCode}`;
  if (toMs === undefined) return broken(`had not ended ${duration(tookMs)} after it was told to, and was killed`);
  if (end === 'by itself') return broken(`ended by itself, with ${how}`);
  return end === 'told' && exitCode !== 0 ? broken(`was told to stop and ended with ${how}`) : [];
}

const defect = ({ kind, daemon, wallMs, text }: DaemonLogLine, startedAtWallMs: number): Violation[] =>
  kind === 'defect' ? [{ check: 'defect in the log', atMs: wallMs - startedAtWallMs, text: `${daemon}: ${text}` }] : [];

function workloadFailures({ script, history, command }: SeenRun): Violation[] {
  const failed = (text: string): Violation[] => [{ check: 'workload failed', atMs: history.endMs, text }];
  if (command && command.exitCode !== 0) {
    const how = command.exitCode === null ? `signal ${command.signal ?? 'unknown'}` : `exit code ${command.exitCode}`;
    return failed(`the program ended with ${how}${command.wasTold ? ' when it was told to stop' : ''}`);
  }
  const posts = script.workload.type === 'own' && script.workload.produce.length > 0;
  return posts && history.log.length === 0 ? failed('nothing was written: no post of this run is in the log') : [];
}

interface Looked {
  /** Things that could have broken a check. */
  readonly count: number;
  readonly text: string;
}

function lookedAt(
  { script, history, processes, command, logLines, undone }: SeenRun,
  { reordered, rising, doubleOwner }: Judged['looked'],
  recoveries: readonly Recovery[],
): Record<CheckName, Looked> {
  const { posts, deliveries, acks, log, groups, lostAnswers, hangs } = history;
  const some = (count: number, noun: string, plural?: string): Looked => ({
    count,
    text: counted(count, noun, plural),
  });
  const outcomes = (...names: string[]) => posts.filter(({ outcome }) => names.includes(outcome)).length;
  const written = new Map<string, number>();
  for (const { topic } of log) written.set(topic, (written.get(topic) ?? 0) + 1);
  const messages = sumOf(groups.flatMap(({ topics }) => topics.map((topic) => written.get(topic) ?? 0)));
  const toGroups = { count: messages, text: `${counted(messages, 'message')} to ${counted(groups.length, 'group')}` };
  const ours = new Set(
    script.daemons.flatMap(({ command, from, to }) =>
      command ? [] : Array.from({ length: to - from + 1 }, (_, at) => `daemon ${from + at}`),
    ),
  );
  const requests = posts.length + deliveries.length + acks.length + lostAnswers.length + hangs.length;
  return {
    lost: some(
      outcomes('written', 'accepted'),
      'post that was written or accepted',
      'posts that were written or accepted',
    ),
    'refused and written': some(outcomes('refused'), 'post that was refused', 'posts that were refused'),
    duplicate: {
      count: log.length + deliveries.length,
      text: `${counted(log.length, 'message')}, ${counted(deliveries.length, 'delivery', 'deliveries')}`,
    },
    reordered: some(reordered, 'post behind another of its key', 'posts behind others of their keys'),
    skip: toGroups,
    unseen: toGroups,
    nonmonotonic: some(
      rising,
      'message that was asked for behind another',
      'messages that were asked for behind others',
    ),
    'double owner': some(doubleOwner, 'delivery, when owners were known', 'deliveries, when owners were known'),
    [pastUnacked]: givesUp(script)
      ? some(0, 'committed position')
      : some(history.commits.filter(({ offset }) => offset > 0).length, 'committed position'),
    'ack refused': some(acks.length, 'ack'),
    'never settled': some(requests, 'request'),
    'back in time': some(recoveries.filter(({ unjudged }) => unjudged === undefined).length, 'recovery', 'recoveries'),
    'unclean end': some(processes.length, 'process', 'processes'),
    'defect in the log': {
      count: ours.size,
      text: `${counted(logLines.length, 'line')} of ${counted(ours.size, 'daemon')}`,
    },
    'workload failed': command ? some(1, 'program') : some(posts.length, 'post'),
    'fault not done': some(history.faults.length + undone.length, 'fault'),
  };
}

function remarksOn(
  { script, history }: SeenRun,
  checks: readonly CheckOutcome[],
  lostSessions: readonly FaultRecord[],
) {
  const idle = checks.filter(({ outcome }) => outcome === 'not exercised').map(({ name }) => name);
  const leftOut = checks.filter(({ outcome, violations }) => outcome === 'left out' && violations.length > 0);
  const sessions = [...groupedBy(lostSessions, ({ daemon }) => daemon)];
  return [
    ...script.expect.relaxed,
    ...leftOut.map(
      ({ name, violations }) =>
        `the check "${name}", left out, would have found ${counted(violations.length, 'violation')}`,
    ),
    ...emptyPartitions(history),
    ...(history.groups.length > 0
      ? [
          'a rebalance may move the position of a group back to what was committed last; what comes again by that is excused where a fault kept a daemon from committing',
        ]
      : []),
    ...sessions.map(
      ([daemon, lost]) =>
        `${daemon} lost its ZooKeeper session ${counted(lost.length, 'time')} though nothing was done to it, as on a busy machine; what came again by that is excused`,
    ),
    ...(idle.length > 0 ? [`nothing in this run could have broken these checks: ${idle.join(', ')}`] : []),
  ];
}

/** Keys decide where messages go, and a few of them do not reach all of many partitions. */
function emptyPartitions({ topics, log }: History): string[] {
  const written = new ByPartition(log);
  return topics.flatMap(({ name, partitions }) => {
    const reached = [...written.all()].filter(([entry]) => entry!.topic === name).length;
    const empty = partitions - reached;
    return reached > 0 && empty > 0
      ? [
          `${empty} of the ${partitions} partitions of ${name} had no message, so nothing was seen of them; more keys reach more`,
        ]
      : [];
  });
}
