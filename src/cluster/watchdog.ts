import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Ends processes when the one that started them ends, however it ends: a small shell reads a pipe that only we hold
 * open. Each line names the processes that live now, or groups of them by negative numbers; at the end of the pipe it kills
 * those of the last line and removes the folder, if there is one. The line `release` lets everything live on. The wait is
 * bounded, because where nobody reaps orphans a killed process never quite goes.
 */
const SCRIPT = `
while read -r line; do
  [ "$line" = release ] && exit 0
  pids=$line
done
[ -n "$pids" ] && kill -9 $pids 2>/dev/null
turns=0
while [ -n "$pids" ] && kill -0 $pids 2>/dev/null && [ $turns -lt 50 ]; do
  sleep 0.1
  turns=$((turns + 1))
done
[ -n "$1" ] && rm -rf "$1"
`;

export class Watchdog {
  readonly #shell: ChildProcess;

  constructor(folder = '') {
    this.#shell = spawn('sh', ['-c', SCRIPT, 'cluster-watchdog', folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#shell.unref();
    // Typed as a stream, but a pipe to a child is a socket, which can let the event loop end.
    const pipe = this.#shell.stdin as Socket;
    pipe.unref();
    // A shell that somebody else ended is no reason for us to fall.
    pipe.on('error', () => {});
  }

  watch(pids: readonly number[]): void {
    this.#shell.stdin?.write(`${pids.join(' ')}\n`);
  }

  /** Lets the processes outlive us. Resolves when the watchdog is gone. */
  async release(): Promise<void> {
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#shell.once('exit', resolve));
    this.#shell.ref();
    this.#shell.stdin?.end('release\n');
    await gone;
  }
}
