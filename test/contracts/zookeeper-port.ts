/**
 * The contract of the ZooKeeper port. Every filling of `src/zookeeper/port.ts` runs this suite, on a real server or on a
 * virtual clock: nothing here sleeps, all waiting is the world's.
 */
import { afterEach, beforeEach, describe } from 'vitest';
import { deletingTests, nodeTests } from './zookeeper/nodes.js';
import { connectionTests, endTests, sessionTests } from './zookeeper/sessions.js';
import { watchTests } from './zookeeper/watches.js';
import { Bench, type ZooKeeperWorld } from './zookeeper/world.js';

export type { ZooKeeperWorld } from './zookeeper/world.js';

export function zooKeeperPortContract(name: string, makeWorld: () => Promise<ZooKeeperWorld>): void {
  describe(`ZooKeeper port: ${name}`, () => {
    let bench: Bench;
    beforeEach(async () => {
      bench = new Bench(await makeWorld());
    });
    afterEach(() => bench.dispose());

    describe('nodes', () => nodeTests(() => bench));
    describe('deleting', () => deletingTests(() => bench));
    describe('watches', () => watchTests(() => bench));
    describe('sessions', () => sessionTests(() => bench));
    describe('the end of a session', () => endTests(() => bench));
    describe('a lost connection', () => connectionTests(() => bench));
  });
}
