import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Watchdog } from '../cluster/watchdog.js';
import type { Host } from '../host/host.js';
import type { History, HistoryTiming } from '../verdict/history.js';
import { createWorkload } from './clients/create-workload.js';
import type { Workload } from './clients/workload.js';
import { CommitWatch } from './commit-watch.js';
import { drained, drainMaxMs } from './drain.js';
import { Injector } from './injector.js';
import { interruption, refuseInterrupted, unlessInterrupted } from './interruption.js';
import { judgeRun } from './judge.js';
import { openKafkaView, type KafkaView, type Position } from './kafka-view.js';
import { watchOwnership } from './ownership.js';
import { pause } from './pause.js';
import { ProgressCounts } from './progress-counts.js';
import type { ProgressSample } from './report/progress.js';
import type { ChaosResult, CommandEnd } from './result.js';
import type { DaemonTiming, Script } from './script/script.js';
import { resolveTimeline } from './script/timeline.js';
import { startWorkloadCommand, type WorkloadCommand } from './workload-command.js';
import { ChaosError } from './world/chaos-error.js';
import { startWorld } from './world/start-world.js';
import type { ChaosWorld } from './world/world.js';

export interface RunOptions {
  readonly script: Script;
  readonly path: string;
  /** Draws the faults at random, instead of the script's own. */
  readonly seed: number | undefined;
  readonly host: Host;
  readonly product: string;
  /** How this product is started. */
  readonly daemonCommand: readonly string[];
  readonly keepsLogs: boolean;
  readonly hear: ProgressListener;
  /** Aborted: the run ends, and nothing is judged. */
  readonly ended: AbortSignal;
}

export interface ProgressListener {
  add(sample: ProgressSample): void;
  tell(atMs: number, text: string): void;
}

/** Their names begin so, wherever temporary folders lie. Short, since the paths of Unix sockets are. */
export const folderPrefix = 'pixy-chaos-';
/** Between two lines of progress. */
const progressEachMs = 2000;
/** How long the user's own program may go on when everything is over. */
const commandMaxMs = 60_000;
/** Of one that ends within this time nothing is told. */
const commandSoonMs = 1000;
/** What a daemon does and what we see of it lie so far apart at most, on a machine that is busy. */
const slackMs = 1500;

/**
 * Does what a script says, from the start of its cluster to the end of it, and judges what was seen. Leaves no process, port or
 * file behind, but the logs where they are asked for. @throws ChaosError, ClusterError: it could not be run
 */
export async function runScript(options: RunOptions): Promise<ChaosResult> {
  const { host, keepsLogs, ended } = options;
  const folder = await madeFolder(host.identity.temporaryFolder);
  // Removes the folder should this process be killed; the world has one of its own for processes.
  const watchdog = new Watchdog(keepsLogs ? '' : folder);
  try {
    refuseInterrupted(ended);
    const run = new Run(options, folder, watchdog);
    try {
      return await unlessInterrupted(ended, run.run());
    } catch (error) {
      if (!ended.aborted) throw error;
      run.tellInterrupted();
      throw interruption(keepsLogs ? folder : undefined);
    } finally {
      await run.close();
    }
  } finally {
    await watchdog.release();
    if (!keepsLogs) await rm(folder, { recursive: true, force: true });
  }
}

async function madeFolder(temporaryFolder: string): Promise<string> {
  try {
    return await mkdtemp(join(temporaryFolder, folderPrefix));
  } catch (error) {
    throw new ChaosError(
      `no folder for logs can be made in ${temporaryFolder}: ${(error as Error).message}. Nothing was run; let TMPDIR name another`,
      { cause: error },
    );
  }
}

class Run {
  readonly #options: RunOptions;
  readonly #folder: string;
  readonly #watchdog: Watchdog;
  readonly #runId: string;
  /** Of the load's beginning, on the host's clock. */
  #startMs: number;
  #isOver = false;
  readonly #closes: (() => Promise<void> | void)[] = [];

  constructor(options: RunOptions, folder: string, watchdog: Watchdog) {
    const { host } = options;
    this.#options = options;
    this.#folder = folder;
    this.#watchdog = watchdog;
    this.#runId = Math.floor(host.random.next() * 2 ** 48).toString(36);
    this.#startMs = host.clock.nowMs();
  }

  async run(): Promise<ChaosResult> {
    const { script, host, seed, path, product, keepsLogs, daemonCommand, ended } = this.#options;
    const nowMs = this.#nowMs;
    const starting = startWorld({ script, host, folder: this.#folder, daemonCommand, nowMs, tell: this.#tell, ended });
    // One that fails has left nothing behind.
    this.#closes.unshift(() => starting.then((world) => world.close()).catch(() => {}));
    const world = await starting;
    const kafka = openKafkaView({ kafkaPeers: world.kafkaPeers, host, isGiven: script.cluster.type === 'given' });
    this.#closes.unshift(() => kafka.close());
    const positions = await this.#beginWithEmptyGroups(world, kafka);
    // When the run is interrupted, what was broken is not brought back, which is nothing to tell of.
    const tell = (text: string): void => void (ended.aborted || this.#tell(text));
    const injector = new Injector({ world, clock: host.clock, nowMs, tell });
    this.#closes.unshift(() => injector.stop());
    const workload = this.#workload(world, injector);
    const groups = groupsOf(script);
    const { zookeeperPeers, daemons } = world;
    const ownership = watchOwnership({ zookeeperPeers, host, nowMs, groups, daemons });
    this.#closes.unshift(() => ownership.stop());
    const commits = new CommitWatch({ kafka, clock: host.clock, nowMs, groups, positions });
    this.#closes.unshift(() => commits.stop());
    ended.throwIfAborted();

    this.#startMs = host.clock.nowMs();
    const startedAtWallMs = host.clock.wallMs();
    ownership.start();
    commits.start();
    workload?.start();
    const command = this.#startCommand(daemons);
    injector.start(resolveTimeline(script, seed));
    if (workload) this.#tellProgress(workload, injector);
    await this.#whileLoad(command);
    await injector.finish();
    ended.throwIfAborted();
    const recoveryMs = nowMs();
    this.#tell(workload ? 'everything is back; what is left is consumed' : 'everything is back');
    await workload?.stopPosting();
    const commandEnd = command && (await this.#endOf(command));
    if (workload) await drained({ kafka, workload, positions, runId: this.#runId, clock: host.clock, ended });
    await workload?.stopConsuming();
    await workload?.stop();
    await ownership.stop();
    this.#isOver = true;
    const endMs = nowMs();
    await world.stopDaemons();

    // From the beginning: an election may have cut off what was read before.
    const { entries: log } = await kafka.read(positions, this.#runId, drainMaxMs);
    await commits.lookAtLast();
    const timing = timingOf(script);
    const history: History = {
      ...nothingSeen,
      ...workload?.seen,
      topics: script.topics.map(({ name }) => ({
        name,
        partitions: positions.filter(({ topic }) => topic === name).length,
      })),
      groups,
      log,
      commits: commits.commits,
      claims: ownership.samples,
      faults: injector.faults,
      recoveryMs,
      endMs,
    };
    if (workload?.isComplete === false)
      throw new ChaosError(
        'more happened than can be kept, so that nothing can be said; lower the rate or the duration',
      );
    if (keepsLogs) await writeFile(join(this.#folder, 'history.json'), JSON.stringify(history, plainly));
    const seen = { script, history, timing, processes: world.lives, command: commandEnd };
    return {
      ...seen,
      path,
      seed: script.random && (seed ?? script.random.seed),
      product,
      startedAtWallMs,
      verdict: judgeRun({ ...seen, undone: injector.undone, logLines: await world.logLines(), startedAtWallMs }),
      folder: keepsLogs ? this.#folder : undefined,
    };
  }

  tellInterrupted(): void {
    this.#tell('interrupted; what was started is being ended');
  }

  /** In the reverse of the order in which things came to be; what was under way fails by that. */
  async close(): Promise<void> {
    this.#isOver = true;
    for (const close of this.#closes) await close();
  }

  readonly #nowMs = (): number => this.#options.host.clock.nowMs() - this.#startMs;

  readonly #tell = (text: string): void => this.#options.hear.tell(this.#nowMs(), text);

  /** A group that is new would begin at the newest message; these see everything that is posted. */
  async #beginWithEmptyGroups(world: ChaosWorld, kafka: KafkaView): Promise<readonly Position[]> {
    const { topics } = this.#options.script;
    for (const { name, partitions } of topics) await world.createTopic(name, partitions);
    const positions = await kafka.endsOf(topics.map(({ name }) => name));
    for (const group of groupsOf(this.#options.script)) {
      const ofGroup = positions.filter(({ topic }) => group.topics.includes(topic));
      await kafka.startGroupAt(group.name, ofGroup);
    }
    return positions;
  }

  #workload({ daemons }: ChaosWorld, injector: Injector): Workload | undefined {
    const { script, host } = this.#options;
    if (script.workload.type === 'command') return undefined;
    const { clock, random } = host;
    const wasStruck = (daemon: string, fromMs: number, toMs: number) => injector.wasStruck(daemon, fromMs, toMs);
    const options = {
      load: script.workload,
      daemons,
      runId: this.#runId,
      random,
      clock,
      nowMs: this.#nowMs,
      wasStruck,
    };
    const workload = createWorkload(options);
    this.#closes.unshift(() => workload.stop());
    return workload;
  }

  #startCommand(daemons: ChaosWorld['daemons']): WorkloadCommand | undefined {
    const { script, host } = this.#options;
    if (script.workload.type !== 'command') return undefined;
    const addresses = daemons.map(({ address }) => address);
    const command = startWorkloadCommand({ workload: script.workload, addresses, folder: this.#folder, host });
    this.#watchdog.watch([-command.processGroup]);
    this.#closes.unshift(async () => void (await command.stop(0)));
    return command;
  }

  /** As long as the script says, or until the user's own program ends. */
  async #whileLoad(command: WorkloadCommand | undefined): Promise<void> {
    const { script, host, ended } = this.#options;
    const over = new AbortController();
    const either = AbortSignal.any([ended, over.signal]);
    void command?.whenEnded.then(() => over.abort());
    await pause(host.clock, script.durationMs, either).catch((error: unknown) => {
      if (ended.aborted) throw error;
      this.#tell('the program has ended, and with it the load');
    });
  }

  /** By itself as a rule; it may go on for a while, and then it is told to. */
  async #endOf(command: WorkloadCommand): Promise<CommandEnd> {
    const { host, ended } = this.#options;
    const over = new AbortController();
    void command.whenEnded.then(() => over.abort());
    const either = AbortSignal.any([ended, over.signal]);
    try {
      await pause(host.clock, commandSoonMs, either);
      this.#tell(`the program goes on; after ${commandMaxMs / 1000} s it is told to stop`);
      await pause(host.clock, commandMaxMs - commandSoonMs, either);
      this.#tell('the program is told to stop');
    } catch {
      // It has ended, or the run is interrupted.
    }
    return command.stop();
  }

  #tellProgress(workload: Workload, injector: Injector): void {
    const { clock } = this.#options.host;
    const progress = new ProgressCounts(groupsOf(this.#options.script));
    const later = (): void => {
      clock.setTimeout(() => {
        if (this.#isOver) return;
        this.#options.hear.add(progress.look(this.#nowMs(), workload.seen, injector.broken));
        later();
      }, progressEachMs);
    };
    later();
  }
}

const nothingSeen = {
  posts: [],
  deliveries: [],
  acks: [],
  hangs: [],
  lostAnswers: [],
  tenures: [],
  positionsSet: [],
  truncations: [],
  breaches: [],
};

/** Maps as JSON has them. */
const plainly = (_key: string, value: unknown): unknown => (value instanceof Map ? Object.fromEntries(value) : value);

const groupsOf = ({ workload }: Script): History['groups'] =>
  workload.type === 'own' ? workload.consume.map(({ group, ack, topics }) => ({ name: group, mode: ack, topics })) : [];

/** Of the slowest implementation, where there are several. */
function timingOf({ daemons }: Script): HistoryTiming {
  const longest = (of: (timing: DaemonTiming) => number) => Math.max(...daemons.map(({ timing }) => of(timing)));
  return {
    sessionTimeoutMs: longest(({ sessionTimeoutMs }) => sessionTimeoutMs),
    commitIntervalMs: longest(({ commitIntervalMs }) => commitIntervalMs),
    ackTimeoutMs: Math.min(...daemons.map(({ timing }) => timing.ackTimeoutMs)),
    slackMs,
  };
}
