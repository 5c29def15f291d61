import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, startCluster } from '../../src/cluster/cluster.js';
import { realHost } from '../../src/host/real-host.js';
import { Clients } from './clients.js';
import { comesTrue, fromWallMs, nowMs } from './clock.js';
import type { DaemonProcess } from './daemon.js';
import { Faults } from './faults.js';
import { Fleet, type LogLine } from './fleet.js';
import { offsetsOf, setOffsets } from './group-offsets.js';
import type { Fault, Hang, History } from './history.js';
import { LogReader } from './log-reader.js';
import { Recorder } from './recorder.js';
import { configFile, daemonsTotal, groupKinds, partitions, timing, topics } from './settings.js';
import { judge, type Verdict } from './verdict.js';

/** The data folder's name begins so, wherever temporary folders lie. */
export const FOLDER_PREFIX = 'kafka-pixy-faults-';
const drainMaxMs = 60_000;
/** How long, around the moment at which a session was noticed to be over, its loss lasts. */
const sessionLossMs = 2 * timing.sessionTimeoutMs;

export interface RunOptions {
  /** 1 or 3. With 3, each partition has three replicas, two of which must have a message. */
  readonly brokers: 1 | 3;
  /** Rounds are begun as long as this has not passed; one at least. */
  readonly durationMs: number;
  /** Before each fault. */
  readonly quietMs: number;
  /** Leaves the logs of the daemons and the history, and says where. */
  readonly keep: boolean;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

interface Parts {
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  readonly reader: LogReader;
  readonly folder: string;
}

export interface RunResult {
  readonly history: History;
  readonly verdict: Verdict;
}

/** One run on a cluster of its own. Leaves no process, port or file behind, also when it fails or is aborted. */
export async function runFaults(options: RunOptions): Promise<RunResult> {
  const folder = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  let cluster: Cluster | undefined;
  let fleet: Fleet | undefined;
  let reader: LogReader | undefined;
  try {
    const minInSyncReplicas = options.brokers === 3 ? 2 : 1;
    cluster = await startCluster({ host: realHost(), brokers: options.brokers, minInSyncReplicas, tell: options.tell });
    options.signal.throwIfAborted();
    const serving = cluster;
    fleet = new Fleet(folder, (tcpAddr) => configFile(serving, tcpAddr));
    reader = new LogReader(cluster.kafkaPeers);
    return await runOn({ cluster, fleet, reader, folder }, options);
  } finally {
    await fleet?.close();
    await reader?.close();
    await cluster?.stop();
    if (options.keep)
      options.tell(`The logs of the daemons, and the history if the run came to its end, are in ${folder}.`);
    else await rm(folder, { recursive: true, force: true });
  }
}

async function runOn({ cluster, fleet, reader, folder }: Parts, options: RunOptions): Promise<RunResult> {
  const { signal, tell } = options;
  for (const topic of Object.values(topics)) await cluster.createTopic(topic, { partitions });
  const daemons = await Promise.all(Array.from({ length: daemonsTotal }, () => fleet.start(signal)));
  await beginAtTheBeginning(daemons[0]!);

  const recorder = new Recorder();
  const clients = new Clients(fleet, recorder);
  const faults = new Faults({ cluster, fleet, clients, recorder, reader, signal, tell });
  try {
    const startMs = nowMs();
    for (const daemon of daemons) clients.serve(daemon);
    clients.startSampling();
    clients.startSyncProducers();
    await faults.recovered(startMs, 'the start');
    tell(`${(nowMs() / 1000).toFixed(1)} s ${daemonsTotal} daemons consume ${partitions} partitions`);
    do await faults.round(options.quietMs);
    while (nowMs() < startMs + options.durationMs);

    await clients.stopPosting();
    clients.acknowledgeAll();
    const left = (): Promise<string[]> => unsettled(fleet.living[0]!);
    const drained = await comesTrue(async () => (await left()).length === 0, drainMaxMs, signal);
    const stuck = drained ? [] : await left();
    tell(`${(nowMs() / 1000).toFixed(1)} s drained`);
    const endMs = nowMs();
    const stopMaxMs = timing.drainTimeoutMs + timing.slackMs;
    await Promise.all(fleet.living.map((daemon) => daemon.stop(stopMaxMs)));
    await clients.stopAll();
    const log = await reader.read(topics.sync, signal);
    const acceptedLog = await reader.read(topics.async, signal);
    faults.stuck.push(...stuck);
    const seen = { endMs, log, acceptedLog };
    const history = historyOf(recorder, faults, fleet, await fleet.logLines(), seen);
    if (options.keep) await writeFile(join(folder, 'history.json'), JSON.stringify(history, plainly));
    return { history, verdict: judge(history, timing) };
  } finally {
    // Clients of a run that failed end with its daemons.
    await fleet.close();
    await clients.stopAll();
  }
}

/** A new group begins at the newest offset; these shall see everything. */
async function beginAtTheBeginning({ port }: DaemonProcess): Promise<void> {
  const offsets = Array.from({ length: partitions }, (_, partition) => ({ partition, offset: 0 }));
  for (const group of groupKinds) await setOffsets(port, group, offsets);
}

/** Where the committed offset of a group has not come to the end of the log. */
async function unsettled({ port }: DaemonProcess): Promise<string[]> {
  const left: string[] = [];
  for (const group of groupKinds) {
    for (const { partition, offset, end } of await offsetsOf(port, group)) {
      if (offset !== end) left.push(`group ${group}, partition ${partition}: committed ${offset} of ${end}`);
    }
  }
  return left;
}

function historyOf(
  recorder: Recorder,
  { faults, stuck }: Faults,
  { ends }: Fleet,
  lines: readonly LogLine[],
  seen: Pick<History, 'endMs' | 'log' | 'acceptedLog'>,
): History {
  const all = [...faults, ...sessionLosses(lines, faults)].sort((a, b) => a.startMs - b.startMs);
  return {
    partitions,
    attempts: recorder.attempts,
    deliveries: recorder.deliveries,
    acks: recorder.acks,
    claims: recorder.claims,
    accepted: recorder.accepted,
    ...seen,
    faults: all,
    ends,
    stuck,
    hangs: recorder.slow.filter((slow) => !wasStruck(slow, all)),
    defects: lines.filter(({ isDefect }) => isDefect).map(({ daemon, text }) => ({ daemon, line: text })),
  };
}

/** Its daemon could not answer: it was frozen, or killed. */
function wasStruck({ daemon, sentMs, tookMs }: Hang, faults: readonly Fault[]): boolean {
  return faults.some((fault) => fault.daemon === daemon && sentMs <= fault.backMs && sentMs + tookMs >= fault.startMs);
}

/**
 * Only a frozen daemon is sure to lose its session; when ZooKeeper was away, or on a machine that is too busy, others may. What
 * follows from that is no defect, but it is told.
 */
function sessionLosses(lines: readonly LogLine[], faults: readonly Fault[]): Fault[] {
  return lines.flatMap(({ daemon, wallMs, text }) => {
    if (!text.includes('ZooKeeper session is over')) return [];
    const atMs = fromWallMs(wallMs);
    const ours = faults.some(
      (fault) =>
        fault.name === 'daemon-frozen' && fault.daemon === daemon && atMs >= fault.startMs && atMs <= fault.recoveredMs,
    );
    if (ours) return [];
    const startMs = atMs - timing.sessionTimeoutMs;
    return [{ name: 'session-lost', daemon, startMs, backMs: atMs, recoveredMs: atMs + sessionLossMs }];
  });
}

/** Maps as JSON has them. */
function plainly(_key: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}
