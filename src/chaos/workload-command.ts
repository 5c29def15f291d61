import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Host } from '../host/host.js';
import type { CommandEnd } from './result.js';
import { daemonsVariable, type CommandWorkload } from './script/script.js';
import { ChaosError } from './world/chaos-error.js';

/** How long it may take to end when it was told to. */
const endMaxMs = 10_000;
const lastLinesMax = 20;
const lastBytesMax = 16 * 1024;

export interface WorkloadCommandOptions {
  readonly workload: CommandWorkload;
  /** Of the daemons, each `host:port`. */
  readonly addresses: readonly string[];
  /** Takes its standard output and error, as `workload.log`. */
  readonly folder: string;
  readonly host: Host;
}

/** The user's own program, at work. It has no standard input. */
export interface WorkloadCommand {
  /** It, and what it has started: a negative one means all of them to `kill`. */
  readonly processGroup: number;
  /** It ended by itself, or was told to. */
  readonly whenEnded: Promise<CommandEnd>;
  /** It, and whatever it has started, is told to end by SIGTERM, and when that takes too long by SIGKILL. */
  stop(withinMs?: number): Promise<CommandEnd>;
}

/** @throws ChaosError: it cannot be started */
export function startWorkloadCommand(options: WorkloadCommandOptions): WorkloadCommand {
  const { workload, addresses, folder, host } = options;
  const { clock, identity } = host;
  const logPath = join(folder, 'workload.log');
  const child = spawnGroup(workload.command, { ...identity.env, [daemonsVariable]: addresses.join(',') }, logPath);
  const startMs = clock.nowMs();
  let wasTold = false;
  const exit = new Promise<Pick<CommandEnd, 'exitCode' | 'signal'>>((resolve) =>
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal })),
  );
  const whenEnded = exit.then(async (end): Promise<CommandEnd> => {
    const tookMs = clock.nowMs() - startMs;
    // What it left behind would go on working.
    signalGroup(child, 'SIGKILL');
    return { ...end, tookMs, wasTold, lastLines: await lastLinesOf(logPath) };
  });
  return {
    processGroup: child.pid!,
    whenEnded,
    async stop(withinMs = endMaxMs) {
      if (child.exitCode === null && child.signalCode === null) {
        wasTold = true;
        await endGroup(child, exit, clock, withinMs);
      }
      return whenEnded;
    },
  };
}

function spawnGroup(command: readonly string[], env: Host['identity']['env'], logPath: string): ChildProcess {
  const [file, ...args] = command;
  const log = openSync(logPath, 'a');
  try {
    // A process group of its own, so that what it starts ends with it.
    const child = spawn(file!, args, { env: { ...env }, stdio: ['ignore', log, log], detached: true });
    // That it cannot be started is known at once, by this; why, is told later.
    child.once('error', () => {});
    if (child.pid !== undefined) return child;
  } finally {
    closeSync(log);
  }
  throw new ChaosError(
    `The command of the workload cannot be started: ${command.join(' ')}. Nothing was done by it. Is ${file} there, and may it be run?`,
  );
}

async function endGroup(child: ChildProcess, exit: Promise<unknown>, clock: Clock, withinMs: number): Promise<void> {
  signalGroup(child, 'SIGTERM');
  const timer = clock.setTimeout(() => signalGroup(child, 'SIGKILL'), withinMs);
  await exit;
  clock.clearTimeout(timer);
}

function signalGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    // eslint-disable-next-line no-restricted-properties -- nothing else reaches a process group
    process.kill(-pid!, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function lastLinesOf(path: string): Promise<readonly string[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const position = Math.max(0, size - lastBytesMax);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - position), position });
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines.slice(-lastLinesMax);
  } finally {
    await file.close();
  }
}
