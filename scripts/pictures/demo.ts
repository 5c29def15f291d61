import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from '../test/run.js';

const startMaxMs = 20_000;

/** `kafka-pixy demo rebalance`, as it was built; it goes on when the page tells it to. */
export interface DemoProcess {
  /** Of the page. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startDemo(): Promise<DemoProcess> {
  // A step comes when the page asks for it, long before this pause is over.
  const flags = ['demo', 'rebalance', '--auto=10m', '--inspect', '127.0.0.1:0'];
  const child = spawn(process.execPath, [join(root, 'dist/cli.js'), ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  const endAtMs = performance.now() + startMaxMs;
  for (;;) {
    const url = /page that shows it all:\s+(http:\S+)/.exec(output)?.[1];
    if (url !== undefined) return { url: `${url}/`, stop };
    if (child.exitCode !== null || performance.now() > endAtMs) {
      await stop();
      throw new Error(`the demo does not start:\n${output}`);
    }
    await pause(50);
  }
}
