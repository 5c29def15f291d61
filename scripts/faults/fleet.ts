import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../src/cluster/ports.js';
import { Watchdog } from '../../src/cluster/watchdog.js';
import { realHost } from '../../src/host/real-host.js';
import { comesTrue } from './clock.js';
import { DaemonProcess } from './daemon.js';
import type { DaemonEnd, DaemonName } from './history.js';

const readyMaxMs = 60_000;
const host = '127.0.0.1';

export interface LogLine {
  readonly daemon: DaemonName;
  readonly wallMs: number;
  /** It tells of something that no weather explains: an error that was thrown, an end of the process, or no log line at all. */
  readonly isDefect: boolean;
  readonly text: string;
}

/** Every daemon process of a run, those that have ended too. They end with the run, however it ends. */
export class Fleet {
  readonly ends: DaemonEnd[] = [];
  readonly #all: DaemonProcess[] = [];
  readonly #folder: string;
  readonly #configFile: (tcpAddr: string) => string;
  readonly #watchdog: Watchdog;

  /**
   * @param folder of the run: holds the daemons' logs, and is removed if this process ends without `close`
   * @param configFile the text of the configuration file of a daemon that serves this address
   */
  constructor(folder: string, configFile: (tcpAddr: string) => string) {
    this.#folder = folder;
    this.#configFile = configFile;
    this.#watchdog = new Watchdog(folder);
  }

  /** Processes that live, frozen ones too, in the order of their start. */
  get living(): readonly DaemonProcess[] {
    return this.#all.filter(({ isAlive }) => isAlive);
  }

  #watch(): void {
    this.#watchdog.watch(this.living.flatMap(({ pid }) => pid ?? []));
  }

  byPid(pid: number): DaemonName | undefined {
    return this.#all.find((daemon) => daemon.pid === pid)?.name;
  }

  /** Resolves when it answers. */
  async start(signal: AbortSignal): Promise<DaemonProcess> {
    const [port] = await freePorts(realHost().random, host, 1);
    const name = `d${this.#all.length + 1}`;
    const configPath = join(this.#folder, `${name}.yaml`);
    // In one turn with the name, which others may be choosing as well.
    writeFileSync(configPath, this.#configFile(`${host}:${port}`));
    const daemon = new DaemonProcess({
      name,
      port: port!,
      configPath,
      logPath: join(this.#folder, `${name}.log`),
      onEnd: (end) => {
        this.ends.push(end);
        this.#watch();
      },
    });
    this.#all.push(daemon);
    this.#watch();
    const ready = await comesTrue(async () => !daemon.isAlive || (await daemon.answers()), readyMaxMs, signal);
    if (!ready || !daemon.isAlive) {
      const log = await readFile(daemon.logPath, 'utf8');
      throw new Error(`Daemon ${name} did not get ready. Its log:\n${log}`);
    }
    return daemon;
  }

  /** What the daemons have logged, those lines that are of pino's. */
  async logLines(): Promise<LogLine[]> {
    const logs = await Promise.all(
      this.#all.map(async ({ name, logPath }) => ({ name, text: await readFile(logPath, 'utf8') })),
    );
    return logs.flatMap(({ name, text }) => text.split('\n').flatMap((line) => parseLine(name, line)));
  }

  /** Ends the daemons that still live, at once. */
  async close(): Promise<void> {
    await Promise.all(this.living.map((daemon) => daemon.kill()));
    await this.#watchdog.release();
  }
}

/** Levels of pino. */
const errorLevel = 50;
const fatalLevel = 60;

function parseLine(daemon: DaemonName, line: string): LogLine[] {
  if (line.trim() === '') return [];
  if (!line.startsWith('{')) return [{ daemon, wallMs: 0, isDefect: true, text: line }];
  const { level, time, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const isDefect = Number(level) >= fatalLevel || (Number(level) >= errorLevel && rest['err'] !== undefined);
  return [{ daemon, wallMs: Date.parse(String(time)), isDefect, text: JSON.stringify(rest) }];
}
