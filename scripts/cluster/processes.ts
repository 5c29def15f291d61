import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const LOG_EXCERPT_LINES = 15;
const PROBE_EVERY_MS = 50;

/** Identifies one run of a process even after its id was given to another. */
export interface ProcessMark {
  readonly pid: number;
  /** Opaque text, equal for one process as long as it lives. */
  readonly started: string;
}

/** `null` when there is no such process (a zombie is none). */
export async function processMark(pid: number): Promise<ProcessMark | null> {
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (line === null) return null;
    // The command's name, in parentheses, may hold spaces; state is the first field after it, start time the 20th.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : { pid, started: fields[19] ?? '' };
  }
  const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() === '' ? null : { pid, started: stdout.trim() };
}

export async function isAlive(mark: ProcessMark): Promise<boolean> {
  return (await processMark(mark.pid))?.started === mark.started;
}

/** SIGKILL to exactly this process, and waits until it is gone. Returns false when it was gone already. */
export async function killMarked(mark: ProcessMark): Promise<boolean> {
  if (!(await isAlive(mark))) return false;
  process.kill(mark.pid, 'SIGKILL');
  while (await isAlive(mark)) await pause(PROBE_EVERY_MS);
  return true;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks `probe` again and again until it says yes; a probe that throws says no. Its last error explains a deadline. */
export async function until(what: string, deadlineMs: number, probe: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + deadlineMs;
  let lastError: unknown;
  for (;;) {
    try {
      if (await probe()) return;
    } catch (error) {
      if (error instanceof ProcessDied) throw error;
      lastError = error;
    }
    if (Date.now() > end) {
      throw new Error(`Waited ${deadlineMs / 1000} s in vain until ${what}.`, { cause: lastError });
    }
    await pause(PROBE_EVERY_MS);
  }
}

/** A server process ended while it was waited for. */
export class ProcessDied extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProcessDied';
  }
}

export function javaCommand(env: NodeJS.ProcessEnv = process.env): string {
  return env['JAVA_HOME'] ? `${env['JAVA_HOME']}/bin/java` : 'java';
}

export async function checkJava(): Promise<void> {
  await run(javaCommand(), ['-version']).catch((cause: unknown) => {
    throw new Error(
      `Java was not found (\`${javaCommand()}\`). Install a JDK, 17 or later, and put it on the PATH or set JAVA_HOME.`,
      { cause },
    );
  });
}

const TOOL_MAX_MS = 60_000;

/** Runs a Java program to its end. Rejects with the end of what it printed when that is not a good one. */
export async function runJava(args: readonly string[]): Promise<void> {
  await run(javaCommand(), args, { timeout: TOOL_MAX_MS }).catch((cause: { stdout?: string; stderr?: string }) => {
    const printed = `${cause.stdout ?? ''}${cause.stderr ?? ''}`.trimEnd().split('\n').slice(-LOG_EXCERPT_LINES);
    throw new Error(`A preparation for the brokers failed. The end of what it printed:\n${printed.join('\n')}`, {
      cause,
    });
  });
}

/** One server: a Java program that can be started again and again with the same arguments. Its output goes to a file. */
export class Server {
  readonly name: string;
  readonly #args: readonly string[];
  readonly #logPath: string;
  readonly #onChange: () => void;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();

  /** `onChange` is called whenever the process starts or ends. */
  constructor(name: string, args: readonly string[], logPath: string, onChange: () => void) {
    this.name = name;
    this.#args = args;
    this.#logPath = logPath;
    this.#onChange = onChange;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the process; it need not answer yet. */
  start(): void {
    if (this.#child !== null) throw new Error(`${this.name} is running already.`);
    const log = openSync(this.#logPath, 'a');
    // A process group of its own, so that Ctrl-C in a terminal reaches the command and not the servers behind its back.
    const child = spawn(javaCommand(), this.#args, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    child.unref();
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      const end = () => {
        this.#child = null;
        this.#onChange();
        resolve();
      };
      child.once('exit', end);
      child.once('error', end);
    });
    this.#onChange();
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
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Waits until `probe` says yes; rejects with the end of its log, or the first error there, when the process dies, or the deadline passes. */
  async answers(deadlineMs: number, probe: () => Promise<boolean>): Promise<void> {
    try {
      await until(`${this.name} answers`, deadlineMs, async () => {
        if (this.#child === null) throw new ProcessDied(`${this.name} ended before it answered.`);
        return probe();
      });
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${what} From its log:\n${await this.#logExcerpt()}`, { cause });
    }
  }

  #running(): ChildProcess {
    if (this.#child === null) throw new Error(`${this.name} is not running.`);
    return this.#child;
  }

  /** The first error and what follows it say why; the last lines only how it went down. */
  async #logExcerpt(): Promise<string> {
    const lines = (await readFile(this.#logPath, 'utf8').catch(() => '')).trimEnd().split('\n');
    const error = lines.findIndex((line) => / (ERROR|FATAL) /.test(line));
    return (error < 0 ? lines.slice(-LOG_EXCERPT_LINES) : lines.slice(error, error + LOG_EXCERPT_LINES)).join('\n');
  }
}
