import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import type { Endpoint } from '../../cluster/probes.js';
import { Hopeless, until } from '../../cluster/until.js';
import type { Clock } from '../../host/host.js';
import type { DaemonLife } from '../result.js';
import { ChaosError } from './chaos-error.js';

const readyMaxMs = 60_000;
const pingMaxMs = 1000;
const excerptLinesMax = 15;

export interface DaemonProcessOptions {
  readonly daemon: string;
  readonly memberId: string;
  /** The program, and its arguments. */
  readonly command: readonly string[];
  readonly logPath: string;
  readonly clock: Clock;
  /** The run's clock, milliseconds. */
  readonly nowMs: () => number;
  /** Called when the process is gone. */
  readonly onEnd: (life: DaemonLife) => void;
}

/** One process of a daemon. It lives once: the next one is another. */
export class DaemonProcess {
  readonly ended: Promise<void>;
  readonly #options: DaemonProcessOptions;
  readonly #child: ChildProcess;
  /** By the clock itself: that of the run begins anew with the load. */
  readonly #startedMs: number;
  #isAlive = true;
  #isFrozen = false;
  #isReady = false;
  #end: DaemonLife['end'] = 'by itself';
  #isOverdue = false;
  #signalledMs: number | undefined;
  #howItEnded = '';

  constructor(options: DaemonProcessOptions) {
    this.#options = options;
    const { command, logPath, clock } = options;
    const [program, ...args] = command;
    this.#startedMs = clock.nowMs();
    const log = openSync(logPath, 'a', 0o600);
    // A process group of its own: Ctrl-C is for the run, which ends its daemons itself.
    this.#child = spawn(program!, args, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    this.ended = new Promise((resolve) => {
      const end = (exitCode: number | null, signal: string | null): void => {
        if (!this.#isAlive) return;
        this.#isAlive = false;
        this.#isFrozen = false;
        this.#howItEnded ||= `its process ended with ${signal ?? `exit code ${exitCode}`}`;
        options.onEnd(this.#life(exitCode, signal));
        resolve();
      };
      this.#child.once('exit', end);
      this.#child.once('error', (error) => {
        this.#howItEnded = error.message;
        end(null, null);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** It has answered once, and lives. */
  get isUp(): boolean {
    return this.#isAlive && this.#isReady;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** Resolves when it answers at its own port. @throws ChaosError with the end of its log */
  async ready(endpoint: Endpoint): Promise<void> {
    const { daemon, clock } = this.#options;
    try {
      await until(clock, `${daemon} answers GET /_ping`, readyMaxMs, async () => {
        if (!this.#isAlive) throw new Hopeless(this.#howItEnded);
        return answersPing(endpoint);
      });
    } catch (cause) {
      throw new ChaosError(await this.#notReady((cause as Error).message), { cause });
    }
    this.#isReady = true;
  }

  freeze(): void {
    this.#isFrozen = this.#isAlive;
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#isFrozen = false;
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (this.#isAlive) this.#signal('killed', 'SIGKILL');
    await this.ended;
  }

  /** SIGTERM, after a thaw; past its time SIGKILL. */
  async stop(deadlineMs: number): Promise<void> {
    if (!this.#isAlive) return;
    this.thaw();
    this.#signal('told', 'SIGTERM');
    const { clock } = this.#options;
    const timer = clock.setTimeout(() => {
      this.#isOverdue = true;
      this.#child.kill('SIGKILL');
    }, deadlineMs);
    await this.ended;
    clock.clearTimeout(timer);
  }

  async #notReady(why: string): Promise<string> {
    const { daemon, command, logPath } = this.#options;
    const log = (await readFile(logPath, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-excerptLinesMax);
    const logged = log.join('\n').trim();
    return [
      `${daemon} does not get ready: ${why}`,
      'Its command is below; try it by itself, and look at daemons.command and daemons.config of the script.',
      `  ${command.join(' ')}`,
      logged === '' ? 'It has logged nothing.' : `The end of its log:\n${logged}`,
    ].join('\n');
  }

  #signal(end: DaemonLife['end'], signal: NodeJS.Signals): void {
    this.#end = end;
    this.#signalledMs = this.#options.nowMs();
    this.#child.kill(signal);
  }

  #life(exitCode: number | null, signal: string | null): DaemonLife {
    const { daemon, memberId, nowMs, clock } = this.#options;
    const endedMs = nowMs();
    return {
      daemon,
      memberId,
      fromMs: endedMs - (clock.nowMs() - this.#startedMs),
      toMs: this.#isOverdue ? undefined : endedMs,
      end: this.#end,
      exitCode,
      signal,
      tookMs: endedMs - (this.#signalledMs ?? endedMs),
    };
  }
}

/** Whether `GET /_ping` is answered by 200, within a second. */
export function answersPing({ host, port }: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: '/_ping', agent: false, timeout: pingMaxMs }, (answer) => {
      answer.resume();
      answer.once('close', () => resolve(answer.statusCode === 200 && answer.complete));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
