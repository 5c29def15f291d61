import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runScript } from '../../src/chaos/run.js';
import { readScript } from '../../src/chaos/script/read.js';
import { realHost } from '../../src/host/real-host.js';
import { comesTrue } from './clients/comes-true.js';

const host = realHost();
let folder: string;
let server: Server;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pixy-interruption-'));
  server = createServer((socket) => void socket.on('error', () => {}).unref());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await new Promise((resolve) => server.close(resolve));
});

/** Runs a script whose daemon writes its process id, and never answers. */
function start(ended: AbortSignal, keepsLogs = false) {
  const peer = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pidPath = join(folder, 'pid');
  const temporaryFolder = mkdtempSync(join(folder, 'temporary-'));
  const script = readScript(
    'my.yaml',
    `title: What happens when I interrupt?
cluster: { kafkaPeers: '${peer}', zookeeperPeers: '${peer}' }
daemons: { count: 1, command: [sh, -c, 'echo $$ > ${pidPath}; exec sleep 1000', '{config}'] }`,
  );
  const told: string[] = [];
  const result = runScript({
    script,
    path: 'my.yaml',
    seed: undefined,
    host: { ...host, identity: { ...host.identity, temporaryFolder } },
    product: 'test',
    daemonCommand: ['true'],
    keepsLogs,
    hear: { add: () => {}, tell: (_atMs, text) => void told.push(text) },
    ended,
  }).then(
    () => 'a result',
    (error: Error) => error.message,
  );
  const pid = () => (existsSync(pidPath) ? Number(readFileSync(pidPath, 'utf8')) : 0);
  return { result, told, pid, left: () => readdirSync(temporaryFolder), temporaryFolder };
}

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a run that is interrupted', () => {
  it('before it has begun starts nothing', async () => {
    const { result, told, left } = start(AbortSignal.abort());
    expect(await result).toBe('the run was interrupted: nothing was judged, and nothing is left behind');
    expect(told).toEqual([]);
    expect(left()).toEqual([]);
  });

  it('while its daemons get ready does not wait for them, and leaves neither a process nor a file', async () => {
    const end = new AbortController();
    const { result, told, pid, left } = start(end.signal);
    await comesTrue(host.clock, 'the daemon has started', () => pid() > 0);
    end.abort();
    expect(await result).toBe('the run was interrupted: nothing was judged, and nothing is left behind');
    expect(told).toEqual(['starting 1 daemon', 'interrupted; what was started is being ended']);
    expect(lives(pid())).toBe(false);
    expect(left()).toEqual([]);
  });

  it('says where logs are that are kept', async () => {
    const end = new AbortController();
    const { result, pid, left, temporaryFolder } = start(end.signal, true);
    await comesTrue(host.clock, 'the daemon has started', () => pid() > 0);
    end.abort();
    const message = await result;
    const kept = join(temporaryFolder, left()[0]!);
    expect(message).toBe(`the run was interrupted: nothing was judged, and nothing is left behind but logs in ${kept}`);
  });
});
