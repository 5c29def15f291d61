import { createServer, type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.js';
import { realHost } from '../../src/host/real-host.js';
import type { SessionEvent, Watch, ZooKeeper, ZooKeeperSession } from '../../src/zookeeper/port.js';
import { createZooKeeperAdapter } from '../../src/zookeeper/adapter/adapter.js';
import { zooKeeperPortContract, type ZooKeeperWorld } from '../contracts/zookeeper-port.js';
import { realCluster, startOwnCluster, uniqueName } from '../support/real-cluster.js';
import { WireProxy } from '../zookeeper/wire-proxy.js';

const WAIT_MAX_MS = 30_000;
const host = realHost();
const logger = pino({ level: 'silent' });

function adapter(servers: string, chroot: string, operationTimeoutMs = 10_000): ZooKeeper {
  const limits = { operationTimeoutMs, pendingOperationsMax: 1_000 };
  return createZooKeeperAdapter({ servers, chroot, host, logger, limits });
}

/** A port of this machine where nobody listens. */
async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `127.0.0.1:${port}`;
}

async function waitFor(condition: () => boolean, what: string): Promise<void> {
  await vi.waitUntil(condition, { timeout: WAIT_MAX_MS, interval: 5 }).catch((cause: unknown) => {
    throw new Error(`this did not come true: ${what}`, { cause });
  });
}

async function makeWorld(): Promise<ZooKeeperWorld> {
  const { zookeeperPeers } = realCluster();
  const proxy = await WireProxy.start(zookeeperPeers);
  const chroot = `/${uniqueName('contract')}/deep`;
  return {
    zookeeper: adapter(proxy.address, chroot),
    second: adapter(zookeeperPeers, chroot),
    unreachable: adapter(await deadAddress(), chroot, 500),
    expire: (sessionId) => proxy.expire(sessionId),
    disconnect: async () => proxy.cut(),
    reconnect: async () => proxy.restore(),
    nowMs: () => host.clock.nowMs(),
    waitFor,
    // How late a busy machine may be; on a virtual clock the bound is exact.
    timerSlackMs: 1_500,
    close: () => proxy.close(),
  };
}

zooKeeperPortContract('node-zookeeper-client at a real ZooKeeper', makeWorld);

interface Opened {
  readonly session: ZooKeeperSession;
  readonly events: SessionEvent[];
  /** Waits until this was told, `times` times in all. */
  told(type: SessionEvent['type'], times?: number): Promise<void>;
}

function start(zookeeper: ZooKeeper, timeoutMs: number): Opened {
  const events: SessionEvent[] = [];
  const session = zookeeper.openSession({ timeoutMs, onEvent: (event) => void events.push(event) });
  const told = (type: SessionEvent['type'], times = 1): Promise<void> =>
    waitFor(() => events.filter((event) => event.type === type).length >= times, `${type} is told ${times} times`);
  return { session, events, told };
}

function recorder(): { readonly events: Parameters<Watch>[0][]; readonly watch: Watch } {
  const events: Parameters<Watch>[0][] = [];
  return { events, watch: (event) => void events.push(event) };
}

const types = ({ events }: Opened): string[] => events.map(({ type }) => type).filter((type) => type !== 'answered');

describe('a real ZooKeeper behind a bad network', () => {
  let proxy: WireProxy;
  let direct: Opened;
  let opened: Opened | undefined;
  let chroot: string;

  beforeEach(async () => {
    proxy = await WireProxy.start(realCluster().zookeeperPeers);
    chroot = `/${uniqueName('network')}`;
    direct = start(adapter(realCluster().zookeeperPeers, chroot), 30_000);
    await direct.told('connected');
  });
  afterEach(async () => {
    await opened?.session.close();
    await direct.session.close();
    await proxy.close();
  });

  it('tells after a reconnect what changed while the connection was away', async () => {
    opened = start(adapter(proxy.address, chroot), 10_000);
    const { session, told } = opened;
    for (const path of ['/data', '/deleted', '/parent']) await session.ensurePath(path);
    const seen = [recorder(), recorder(), recorder(), recorder()] as const;
    await session.getData('/data', seen[0].watch);
    await session.exists('/deleted', seen[1].watch);
    await session.getChildren('/parent', seen[2].watch);
    await session.exists('/created', seen[3].watch);
    proxy.cut();
    await told('disconnected');
    await direct.session.setData('/data', 'changed');
    await direct.session.deleteEmpty('/deleted');
    await direct.session.ensurePath('/parent/child');
    await direct.session.ensurePath('/created');
    proxy.restore();
    await waitFor(() => seen.every(({ events }) => events.length > 0), 'each watch is called');
    expect(seen.map(({ events }) => events)).toEqual([
      [{ type: 'data-changed', path: '/data' }],
      [{ type: 'deleted', path: '/deleted' }],
      [{ type: 'children-changed', path: '/parent' }],
      [{ type: 'created', path: '/created' }],
    ]);
    expect(types(opened)).toEqual(['connected', 'disconnected', 'connected']);
  });

  it('connects when the server comes at last, and does what was asked before', async () => {
    proxy.cut();
    opened = start(adapter(proxy.address, chroot), 2_000);
    const created = opened.session.create('/early', 'x', 'ephemeral');
    await waitFor(() => proxy.attempts >= 4, 'connecting was tried');
    expect(types(opened)).toEqual([]);
    proxy.restore();
    await created;
    expect((await direct.session.exists('/early'))?.ephemeralOwner).toBe(opened.session.sessionId);
  });

  it('outlives a link that is dead for less than the session, without a word from the operating system', async () => {
    opened = start(adapter(proxy.address, chroot), 6_000);
    await opened.session.create('/e', '', 'ephemeral');
    proxy.stall();
    const asked = opened.session.exists('/e').catch((error: unknown) => error);
    await opened.told('disconnected');
    proxy.resume();
    await opened.told('connected', 2);
    expect(await asked).toMatchObject({ kind: 'connection-loss' });
    expect((await opened.session.exists('/e'))?.ephemeralOwner).toBe(opened.session.sessionId);
  });

  it('ends over a link that was dead for longer, when the server can say that it let its nodes go', async () => {
    opened = start(adapter(proxy.address, chroot, 60_000), 2_000);
    await opened.session.create('/e', '', 'ephemeral');
    const gone = recorder();
    await direct.session.exists('/e', gone.watch);
    proxy.stall();
    const asked = opened.session.exists('/e').catch((error: unknown) => error);
    await waitFor(() => gone.events.length > 0, 'the server has expired the session');
    expect(await asked).toMatchObject({ kind: 'connection-loss' });
    expect(types(opened)).toEqual(['connected', 'disconnected']);
    proxy.resume();
    await opened.told('ended');
    expect(types(opened)).toEqual(['connected', 'disconnected', 'ended']);
    expect(opened.events.at(-1)).toEqual({ type: 'ended', why: 'expired' });
  });

  it('ends by the word of a server that timed it out', async () => {
    opened = start(adapter(proxy.address, chroot), 2_000);
    await opened.session.create('/e', '', 'ephemeral');
    const gone = recorder();
    await direct.session.exists('/e', gone.watch);
    proxy.cut();
    await waitFor(() => gone.events.length > 0, 'the server has expired the session');
    proxy.restore();
    await opened.told('ended');
    expect(types(opened)).toEqual(['connected', 'disconnected', 'ended']);
  });

  it('makes a chroot from many clients at once', async () => {
    const shared = `/${uniqueName('chroot')}/a/b`;
    const many = Array.from({ length: 6 }, () => start(adapter(realCluster().zookeeperPeers, shared), 5_000));
    await Promise.all(many.map(({ told }) => told('connected')));
    expect(await many[0]!.session.getChildren('/')).toEqual([]);
    await Promise.all(many.map(({ session }) => session.close()));
  });
});

describe('a real ZooKeeper that fails', () => {
  let cluster: Cluster;
  let opened: Opened;

  beforeAll(async () => {
    cluster = await startOwnCluster();
  });
  afterAll(() => cluster.stop());
  afterEach(() => opened.session.close());

  it('keeps session, nodes and watches over a kill and a restart', async () => {
    opened = start(adapter(cluster.zookeeperPeers, '/restart', 30_000), 30_000);
    const { session } = opened;
    await session.create('/e', '', 'ephemeral');
    const { sessionId } = session;
    const seen = recorder();
    await session.getData('/e', seen.watch);
    await cluster.killZooKeeper();
    await opened.told('disconnected');
    const during = session.create('/during', 'asked while it was away', 'persistent');
    await cluster.startZooKeeper();
    await during;
    await opened.told('connected', 2);
    expect(session.sessionId).toBe(sessionId);
    expect((await session.exists('/e'))?.ephemeralOwner).toBe(sessionId);
    expect(seen.events).toEqual([]);
    await session.setData('/e', 'changed');
    await waitFor(() => seen.events.length > 0, 'the watch is called');
    expect(types(opened)).toEqual(['connected', 'disconnected', 'connected']);
  });

  it('takes the word of a server that was frozen for longer than the session', async () => {
    const zookeeper = adapter(cluster.zookeeperPeers, '/frozen', 60_000);
    opened = start(zookeeper, 2_000);
    await opened.session.create('/e', '', 'ephemeral');
    const { sessionId } = opened.session;
    cluster.pauseZooKeeper();
    try {
      const asked = opened.session.getData('/e').catch((error: unknown) => error);
      await opened.told('disconnected');
      expect(await asked).toMatchObject({ kind: 'connection-loss' });
    } finally {
      cluster.resumeZooKeeper();
    }
    // Either it has expired the session by its own clock, or it heard of us before it looked at that.
    await waitFor(() => types(opened).length > 2, 'the server says what became of the session');
    if (types(opened)[2] === 'connected') {
      expect((await opened.session.exists('/e'))?.ephemeralOwner).toBe(sessionId);
      return;
    }
    expect(types(opened)).toEqual(['connected', 'disconnected', 'ended']);
    opened = start(zookeeper, 2_000);
    await opened.told('connected');
    expect(opened.session.sessionId).not.toBe(sessionId);
    const left = recorder();
    if ((await opened.session.exists('/e', left.watch)) !== null) {
      await waitFor(() => left.events.length > 0, 'the node of the old session goes');
    }
    await opened.session.create('/e', '', 'ephemeral');
  });

  it('closes at a frozen server in bounded time', async () => {
    opened = start(adapter(cluster.zookeeperPeers, '/close'), 30_000);
    await opened.told('connected');
    cluster.pauseZooKeeper();
    try {
      await opened.session.close();
    } finally {
      cluster.resumeZooKeeper();
    }
    expect(types(opened)).toEqual(['connected', 'ended']);
  });
});
