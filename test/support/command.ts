import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { eventually } from './real-daemon.js';

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface Running {
  readonly process: ChildProcess;
  /** Standard output and standard error, as they came. */
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

/** Runs the built command, as its users do; to be made once in a test file. What still runs after a test is killed. */
export function commandRunner() {
  if (!existsSync(command)) throw new Error('these tests run the built command: npm run build');
  const ending: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ending.splice(0).reverse()) await end();
  });

  /** With gRPC and the inspector of a demo on free ports, unless the arguments say where. */
  function run(...args: string[]): Running {
    const grpc = args.some((argument) => argument.includes('grpcAddr')) ? [] : ['--grpcAddr', '127.0.0.1:0'];
    const demo = args[0] === 'dev' && !args.some((argument) => argument.includes('inspect')) ? ['--inspect=0'] : [];
    const child = spawn(process.execPath, [command, ...args, ...grpc, ...demo], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    ending.push(async () => {
      if (child.exitCode === null) child.kill('SIGKILL');
      await exited;
    });
    return { process: child, output: () => output, exited };
  }

  return { run, ending };
}

/** The address that it says that it serves HTTP on. */
export async function serving(running: Running): Promise<string> {
  return eventually(async () => {
    if (running.process.exitCode !== null) throw new Error(`it ended: ${running.output()}`);
    return /"addresses":\["([^"]+)"/.exec(running.output())?.[1];
  }, 'the daemon serves');
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
