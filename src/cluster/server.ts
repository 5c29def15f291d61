import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../host/host.js';
import { ClusterError } from './cluster-error.js';
import { Hopeless, until } from './until.js';

const LOG_EXCERPT_LINES = 15;

export interface ServerOptions {
  readonly name: string;
  /** The `java` command. */
  readonly java: string;
  readonly args: readonly string[];
  readonly logPath: string;
  readonly clock: Clock;
  /** Called whenever the process starts or ends. */
  readonly onChange: () => void;
}

/** One server: a Java program that can be started again and again with the same arguments. Its output goes to a file. */
export class Server {
  readonly #options: ServerOptions;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the process; it need not answer yet. */
  start(): void {
    if (this.#child !== null) throw new ClusterError(`${this.name} is running already.`);
    const { java, args, logPath, onChange } = this.#options;
    const log = openSync(logPath, 'a');
    // A process group of its own, so that Ctrl-C in a terminal reaches the command and not the servers behind its back.
    const child = spawn(java, args, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    child.unref();
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      const end = () => {
        this.#child = null;
        onChange();
        resolve();
      };
      child.once('exit', end);
      child.once('error', end);
    });
    onChange();
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#running().kill(signal);
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    const child = this.#running();
    // A server that serves keeps nobody awake, but one whose end is awaited does.
    child.ref();
    child.kill('SIGKILL');
    await this.#ended;
  }

  /** SIGTERM, and waits for the end; past the deadline SIGKILL. A stopped (frozen) process is thawed to see the signal. */
  async terminate(deadlineMs: number): Promise<void> {
    const child = this.#running();
    child.ref();
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const { clock } = this.#options;
    const timer = clock.setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    await this.#ended;
    clock.clearTimeout(timer);
  }

  /** Waits until `probe` says yes; rejects with the end of its log, or the first error there, when the process dies, or the deadline passes. */
  async answers(deadlineMs: number, probe: () => Promise<boolean>): Promise<void> {
    try {
      await until(this.#options.clock, `${this.name} answers`, deadlineMs, async () => {
        if (this.#child === null) throw new Hopeless(`${this.name} ended before it answered.`);
        return probe();
      });
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new ClusterError(`${what} From its log:\n${await this.#logExcerpt()}`, { cause });
    }
  }

  #running(): ChildProcess {
    if (this.#child === null) throw new ClusterError(`${this.name} is not running.`);
    return this.#child;
  }

  /** The first error and what follows it say why; the last lines only how it went down. */
  async #logExcerpt(): Promise<string> {
    const lines = (await readFile(this.#options.logPath, 'utf8').catch(() => '')).trimEnd().split('\n');
    const error = lines.findIndex((line) => / (ERROR|FATAL) /.test(line));
    return (error < 0 ? lines.slice(-LOG_EXCERPT_LINES) : lines.slice(error, error + LOG_EXCERPT_LINES)).join('\n');
  }
}
