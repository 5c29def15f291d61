import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startCluster } from '../src/cluster/cluster.js';
import { Watchdog } from '../src/cluster/watchdog.js';
import { realHost } from '../src/host/real-host.js';
import { run } from '../scripts/test/run.js';
import { parseArguments, type BenchArguments } from './arguments.js';
import { Bench } from './bench.js';
import { Comparison } from './comparison.js';
import type { Schedule } from './phases.js';
import { Worker } from './processes/calls.js';
import { DaemonProcess } from './processes/daemon-process.js';
import { renderComparison, renderMemory, renderTable } from './report.js';
import { rows, type RowName } from './rows.js';
import { buildVariants, inspectorVariants, type StartDaemon } from './variants.js';
import type { operations as kafkajsOperations } from './workers/bare-kafkajs.js';
import type { operations as koaOperations } from './workers/bare-koa.js';
import type { operations as generatorOperations } from './workers/load-generator.js';
import type { operations as viewerOperations } from './workers/viewer.js';

const wholeRun: Schedule = { warmUpMs: 2000, phaseMs: 2000, rounds: 3, messagesPerPartition: 24_000 };
const quickRun: Schedule = { warmUpMs: 1000, phaseMs: 1000, rounds: 1, messagesPerPartition: 6000 };
/** Small differences want many turns. */
const wholeComparison: Schedule = { warmUpMs: 2000, phaseMs: 1000, rounds: 8, messagesPerPartition: 30_000 };
const quickComparison: Schedule = { warmUpMs: 1000, phaseMs: 500, rounds: 3, messagesPerPartition: 8000 };

const say = (line: string) => console.log(line);

/** What was started, to be ended in the opposite order, whatever happens. */
class Undo {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.unshift(step);
  }

  async all(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    for (const step of this.#steps) await step().catch((error: unknown) => (failure ??= { error }));
    if (failure) throw failure.error;
  }
}

/** Starts everything but daemons, and returns what starts one. */
async function prepare(undo: Undo): Promise<StartDaemon> {
  const built = await run(['tsc', '-p', 'tsconfig.build.json'], { show: false });
  if (built.code !== 0) throw new Error(`the daemon cannot be built:\n${built.output}`);
  const cluster = await startCluster({ host: realHost(), tell: say });
  undo.add(() => cluster.stop());

  const generator = new Worker<typeof generatorOperations>('workers/load-generator.ts');
  undo.add(() => generator.stop());
  const koa = new Worker<typeof koaOperations>('workers/bare-koa.ts');
  undo.add(() => koa.stop());
  const kafkajs = new Worker<typeof kafkajsOperations>('workers/bare-kafkajs.ts');
  undo.add(() => kafkajs.stop());
  await kafkajs.call('connect', { brokers: cluster.kafkaPeers });
  const koaPort = await koa.call('listen', { messageBytes: rows['consume-64'].messageBytes });

  // The workers end when they lose us; a daemon knows nothing of us, so that this one ends it should we be killed.
  const folder = await mkdtemp(join(tmpdir(), 'kafka-pixy-bench-'));
  const watchdog = new Watchdog(folder);
  undo.add(async () => {
    await watchdog.release();
    await rm(folder, { recursive: true, force: true });
  });
  const { kafkaPeers, zookeeperPeers } = cluster;
  const pids: number[] = [];
  return async (options) => {
    const daemon = await DaemonProcess.start({ kafkaPeers, zookeeperPeers, ...options });
    undo.add(() => daemon.stop());
    pids.push(daemon.pid);
    watchdog.watch(pids);
    return { cluster, daemon, generator, kafkajs, koa: { pid: koa.pid, port: koaPort } };
  };
}

async function each<T>(names: readonly RowName[], measure: (name: RowName) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const name of names) {
    say(`… ${rows[name].title}`);
    results.push(await measure(name));
  }
  return results;
}

async function measureRows({ quick, only, profile }: BenchArguments, undo: Undo): Promise<string> {
  const start = await prepare(undo);
  const stage = await start(profile === undefined ? {} : { profile: resolve(profile) });
  const bench = new Bench(stage, quick ? quickRun : wholeRun);
  const results = await each(only, (name) => bench.measure(name));
  return `${renderTable(results)}\n\n${renderMemory(results)}`;
}

async function compareInspector({ quick, only }: BenchArguments, undo: Undo): Promise<string> {
  const start = await prepare(undo);
  const viewer = new Worker<typeof viewerOperations>('workers/viewer.ts');
  undo.add(() => viewer.stop());
  const variants = await inspectorVariants(start, viewer);
  const comparison = new Comparison(variants, quick ? quickComparison : wholeComparison);
  const compared = await each(only, (name) => comparison.measure(name));
  const { frames, bytes } = await viewer.call('seen', {});
  return `${renderComparison(compared)}\n\nThe viewer got ${frames} frames, ${Math.round(bytes / 1024)} KiB.`;
}

async function compareBuilds({ quick, only }: BenchArguments, against: string, undo: Undo): Promise<string> {
  const variants = await buildVariants(await prepare(undo), resolve(against));
  const comparison = new Comparison(variants, quick ? quickComparison : wholeComparison);
  return renderComparison(await each(only, (name) => comparison.measure(name)));
}

function measure(wanted: BenchArguments, undo: Undo): Promise<string> {
  if (wanted.inspector) return compareInspector(wanted, undo);
  if (wanted.against !== undefined) return compareBuilds(wanted, wanted.against, undo);
  return measureRows(wanted, undo);
}

function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.once(signal, () => reject(new Error(`interrupted by ${signal}`)));
  });
}

async function main(): Promise<number> {
  const undo = new Undo();
  try {
    const report = await Promise.race([measure(parseArguments(process.argv.slice(2)), undo), interrupted()]);
    say(`\n${report}`);
  } catch (error) {
    console.error(`The benchmark failed: ${(error as Error).message}`);
    return 1;
  } finally {
    await undo.all();
  }
  return 0;
}

const code = await main().catch((error: Error) => {
  console.error(`The benchmark did not end well: ${error.message}`);
  return 1;
});
process.exit(code);
