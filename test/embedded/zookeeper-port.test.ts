import { createEmbeddedWorld } from '../../src/embedded/world.js';
import { virtualHost } from '../../src/host/virtual-host.js';
import { zooKeeperPortContract } from '../contracts/zookeeper-port.js';

for (const chroot of ['', '/kafka/of/this']) {
  zooKeeperPortContract(`embedded, chroot ${JSON.stringify(chroot)}`, async () => {
    const host = virtualHost();
    const world = createEmbeddedWorld({ host });
    const away = createEmbeddedWorld({ host });
    away.faults.zookeeper.serverDown();
    return {
      zookeeper: world.zookeeper(chroot),
      second: world.zookeeper(chroot),
      unreachable: away.zookeeper(chroot),
      expire: async (sessionId) => world.faults.zookeeper.sessionExpired(sessionId),
      disconnect: async () => world.faults.zookeeper.serverDown(),
      reconnect: async () => world.faults.zookeeper.serverUp(),
      nowMs: () => host.clock.nowMs(),
      waitFor: (condition) => host.clock.runUntil(condition),
      timerSlackMs: 0,
      close: async () => {},
    };
  });
}
