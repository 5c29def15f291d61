import { createServer, type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { vi } from 'vitest';
import { realHost } from '../../src/host/real-host.js';
import type { ZooKeeper } from '../../src/zookeeper/port.js';
import { createZooKeeperAdapter } from '../../src/zookeeper/adapter/adapter.js';
import { zooKeeperPortContract, type ZooKeeperWorld } from '../contracts/zookeeper-port.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';
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
    waitFor: async (condition, what) => {
      await vi.waitUntil(condition, { timeout: WAIT_MAX_MS, interval: 5 }).catch((cause: unknown) => {
        throw new Error(`this did not come true: ${what}`, { cause });
      });
    },
    // How late a busy machine may be; on a virtual clock the bound is exact.
    timerSlackMs: 1_500,
    close: () => proxy.close(),
  };
}

zooKeeperPortContract('node-zookeeper-client at a real ZooKeeper', makeWorld);
