import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../src/cluster/ports.js';
import { realHost } from '../../src/host/real-host.js';

const ownRoot = fileURLToPath(new URL('../..', import.meta.url));
const startMaxMs = 20_000;
const stopMaxMs = 30_000;
const logLinesKept = 40;

/** The flags that the command's first line gives to Node. */
const nodeFlagsOf = (command: string): string[] =>
  /^#!.* node (.*)$/m.exec(readFileSync(command, 'utf8').split('\n')[0]!)?.[1]?.split(' ') ?? [];

export interface DaemonOptions {
  readonly kafkaPeers: string;
  readonly zookeeperPeers: string;
  /** Folder for a CPU profile; `undefined`: none is taken. */
  readonly profile?: string;
  /** `host:port` of the inspector; `undefined`: there is none. */
  readonly inspectAddr?: string;
  /** Folder of the checkout whose build is run; `undefined`: this one. */
  readonly root?: string;
}

/** The daemon as its users run it, built beforehand. */
export class DaemonProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | string>;
  readonly #log: string[] = [];

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code!)));
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text) => this.#keep(text));
  }

  static async start(options: DaemonOptions): Promise<DaemonProcess> {
    const { kafkaPeers, zookeeperPeers, profile, inspectAddr, root = ownRoot } = options;
    const [port] = (await freePorts(realHost().random, '127.0.0.1', 1)) as [number];
    const profiling = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
    const peers = ['--kafkaPeers', kafkaPeers, '--zookeeperPeers', zookeeperPeers];
    const inspector = inspectAddr === undefined ? [] : ['--inspect', inspectAddr];
    const flags = [...peers, '--tcpAddr', `127.0.0.1:${port}`, '--grpcAddr', '127.0.0.1:0', ...inspector];
    const command = join(root, 'dist/cli.js');
    const child = spawn(process.execPath, [...nodeFlagsOf(command), ...profiling, command, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const daemon = new DaemonProcess(port, child);
    try {
      await daemon.#untilItAnswers();
    } catch (error) {
      await daemon.stop();
      throw error;
    }
    return daemon;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The last lines of its log. */
  get log(): string {
    return this.#log.join('\n');
  }

  /** Drains it. @throws Error when it did not end well */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopMaxMs);
    const how = await this.#exited;
    clearTimeout(timer);
    if (how !== 0) throw new Error(`the daemon ended with ${how}:\n${this.log}`);
  }

  async #untilItAnswers(): Promise<void> {
    const deadlineMs = performance.now() + startMaxMs;
    for (;;) {
      const ok = await fetch(`http://127.0.0.1:${this.port}/_ping`).then(
        async (response) => (await response.arrayBuffer(), response.ok),
        () => false,
      );
      if (ok) return;
      if (this.#child.exitCode !== null) throw new Error(`the daemon ended:\n${this.log}`);
      if (performance.now() > deadlineMs) throw new Error(`the daemon does not answer:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #keep(text: string): void {
    this.#log.push(...text.split('\n').filter(Boolean));
    this.#log.splice(0, this.#log.length - logLinesKept);
  }
}
