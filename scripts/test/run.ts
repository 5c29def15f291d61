import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ran {
  readonly code: number;
  /** Both streams; empty when they were shown instead. */
  readonly output: string;
}

let stopped = false;
const running = new Set<ChildProcess>();

/**
 * From now on a signal ends the tool that runs, and not this process before it has tidied up. The one from a terminal
 * reaches the tool by itself.
 */
export function outliveSignals(): void {
  process.on('SIGINT', () => (stopped = true));
  process.on('SIGTERM', () => {
    stopped = true;
    for (const child of running) child.kill('SIGTERM');
  });
}

/** Whether a signal said that this is to end. */
export const interrupted = (): boolean => stopped;

/** Runs a tool of the project in its root. A signal that ends the tool counts as failure. */
export function run(
  line: readonly string[],
  options: { show: boolean; env?: Readonly<Record<string, string>> },
): Promise<Ran> {
  const [tool, ...args] = line;
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
  return new Promise((resolve, reject) => {
    const child = spawn(tool!, args, {
      cwd: root,
      env: { ...process.env, ...options.env, PATH: path },
      stdio: ['ignore', options.show ? 'inherit' : 'pipe', options.show ? 'inherit' : 'pipe'],
    });
    running.add(child);
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', (error) => {
      running.delete(child);
      reject(error);
    });
    child.once('close', (code) => {
      running.delete(child);
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() });
    });
  });
}
