import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startCluster } from '../scripts/cluster/cluster.js';
import { Watchdog } from '../scripts/cluster/watchdog.js';
import { run } from '../scripts/test/run.js';
import { parseArguments, type BenchArguments } from './arguments.js';
import { Bench, type Schedule } from './bench.js';
import { Worker } from './processes/calls.js';
import { DaemonProcess } from './processes/daemon-process.js';
import { renderMemory, renderTable, type RowResult } from './report.js';
import { rows } from './rows.js';
import type { operations as kafkajsOperations } from './workers/bare-kafkajs.js';
import type { operations as koaOperations } from './workers/bare-koa.js';
import type { operations as generatorOperations } from './workers/load-generator.js';

const wholeRun: Schedule = { warmUpMs: 2000, phaseMs: 2000, rounds: 3, messagesPerPartition: 24_000 };
const quickRun: Schedule = { warmUpMs: 1000, phaseMs: 1000, rounds: 1, messagesPerPartition: 6000 };

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

async function measureAll({ quick, only, profile }: BenchArguments, undo: Undo): Promise<RowResult[]> {
  const schedule = quick ? quickRun : wholeRun;
  const built = await run(['tsc', '-p', 'tsconfig.build.json'], { show: false });
  if (built.code !== 0) throw new Error(`the daemon cannot be built:\n${built.output}`);
  const cluster = await startCluster({ tell: say });
  undo.add(() => cluster.stop());

  const generator = new Worker<typeof generatorOperations>('workers/load-generator.ts');
  undo.add(() => generator.stop());
  const koa = new Worker<typeof koaOperations>('workers/bare-koa.ts');
  undo.add(() => koa.stop());
  const kafkajs = new Worker<typeof kafkajsOperations>('workers/bare-kafkajs.ts');
  undo.add(() => kafkajs.stop());
  await kafkajs.call('connect', { brokers: cluster.kafkaPeers });
  const koaPort = await koa.call('listen', { messageBytes: rows['consume-64'].messageBytes });

  // The workers end when they lose us; the daemon knows nothing of us, so that this one ends it should we be killed.
  const folder = await mkdtemp(join(tmpdir(), 'kafka-pixy-bench-'));
  const watchdog = new Watchdog(folder);
  undo.add(async () => {
    await watchdog.release();
    await rm(folder, { recursive: true, force: true });
  });
  const { kafkaPeers, zookeeperPeers } = cluster;
  const daemon = await DaemonProcess.start({ kafkaPeers, zookeeperPeers, profile: profile && resolve(profile) });
  undo.add(() => daemon.stop());
  watchdog.watch([daemon.pid]);

  const bench = new Bench({ cluster, daemon, generator, kafkajs, koa: { pid: koa.pid, port: koaPort } }, schedule);
  const results: RowResult[] = [];
  for (const name of only) {
    say(`… ${rows[name].title}`);
    results.push(await bench.measure(name));
  }
  return results;
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
    const results = await Promise.race([measureAll(parseArguments(process.argv.slice(2)), undo), interrupted()]);
    say(`\n${renderTable(results)}\n\n${renderMemory(results)}`);
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
