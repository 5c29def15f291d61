import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nowMs } from './clock.js';
import type { DaemonEnd, DaemonName } from './history.js';
import { HttpClient } from './http-client.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** What was built, as users run it; the flag of Node's is that of its first line. */
const command = 'dist/cli.js';
const pingTimeoutMs = 1000;

export interface DaemonProcessOptions {
  readonly name: DaemonName;
  readonly port: number;
  /** Of its configuration file. */
  readonly configPath: string;
  readonly logPath: string;
  /** Called when the process is gone. */
  readonly onEnd: (end: DaemonEnd) => void;
}

/** One daemon as a process of its own. Lives once: what replaces it is another. */
export class DaemonProcess {
  readonly name: DaemonName;
  readonly port: number;
  readonly logPath: string;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #alive = true;
  #frozen = false;
  #how: DaemonEnd['how'] = 'by-itself';
  #signalledMs = 0;
  #overdue = false;

  constructor(options: DaemonProcessOptions) {
    this.name = options.name;
    this.port = options.port;
    this.logPath = options.logPath;
    const log = openSync(options.logPath, 'a');
    // A process group of its own: Ctrl-C is for the run, which ends its daemons itself.
    this.#child = spawn(process.execPath, ['--max-semi-space-size=8', command, '--config', options.configPath], {
      cwd: root,
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.ended = new Promise((resolve) => {
      const end = (exitCode: number | null, signal: string | null): void => {
        this.#alive = false;
        const tookMs = this.#how === 'by-itself' ? 0 : nowMs() - this.#signalledMs;
        options.onEnd({ daemon: this.name, how: this.#how, exitCode, signal, tookMs, overdue: this.#overdue });
        resolve();
      };
      this.#child.once('exit', end);
      this.#child.once('error', () => end(null, null));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  get isFrozen(): boolean {
    return this.#frozen;
  }

  async answers(): Promise<boolean> {
    const client = new HttpClient(this.port, pingTimeoutMs);
    const outcome = await client.send('GET', '/_ping');
    client.close();
    return outcome.kind === 'answer' && outcome.status === 200;
  }

  freeze(): void {
    this.#frozen = true;
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#frozen = false;
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (!this.#alive) return;
    this.#how = 'killed';
    this.#signalledMs = nowMs();
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** SIGTERM; past the deadline SIGKILL, and the end counts as overdue. */
  async stop(deadlineMs: number): Promise<void> {
    if (!this.#alive) return;
    this.#how = 'told';
    this.#signalledMs = nowMs();
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => {
      this.#overdue = true;
      this.#child.kill('SIGKILL');
    }, deadlineMs);
    await this.ended;
    clearTimeout(timer);
  }
}
