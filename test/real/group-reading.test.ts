import { afterEach, describe, expect, it } from 'vitest';
import { addressOf } from '../../src/actors/addresses.js';
import type { GroupReading, GroupReadRequest, GroupsListRequest } from '../../src/actors/requests.js';
import { SharedGroup } from '../interop/shared-group.js';
import { testConfig, testDaemon } from '../support/real-daemon.js';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

describe('what a real ZooKeeper holds of a group', () => {
  it('is told by a daemon that is not in it: members of every program, and the session of each claim', async () => {
    const shared = new SharedGroup(3);
    ending.push(() => shared.end());
    await shared.create();
    const { memberId } = await shared.daemon();
    await shared.peer('z-peer');
    await shared.settledOn(memberId, 'z-peer');

    const { kafkaPeers, zookeeperPeers } = shared.cluster;
    const observer = await testDaemon(testConfig({ kafkaPeers, zookeeperPeers, chroot: shared.chroot }));
    ending.push(() => observer.drain());
    const to = addressOf.consumers('default');
    const read = async (group: string) => {
      const request: GroupReadRequest = { type: 'group.read', group };
      const outcome = await observer.bus.ask<GroupReading>(to, request, { deadlineMs: 10_000 });
      return outcome.kind === 'reply' ? outcome.value : outcome;
    };

    const sessionId: unknown = expect.stringMatching(/^(?!0{16})[0-9a-f]{16}$/);
    const of = (partition: number, member: string) => ({ topic: shared.topic, partition, member, sessionId });
    const reading = (await read(shared.group)) as GroupReading;
    const split = await shared.owners();
    expect(reading).toEqual({
      members: [memberId, 'z-peer'].sort().map((id) => ({ id, topics: [shared.topic] })),
      owners: [0, 1, 2].map((partition) =>
        of(
          partition,
          Object.keys(split).find((member) => split[member]!.includes(partition))!,
        ),
      ),
      truncated: false,
    });
    // One session for each process.
    expect(new Set(reading.owners.map((owner) => `${owner.member} ${owner.sessionId}`)).size).toBe(2);
    expect(await read('nobody')).toEqual({ members: [], owners: [], truncated: false });

    const list: GroupsListRequest = { type: 'groups.list' };
    expect(await observer.bus.ask<readonly string[]>(to, list, { deadlineMs: 10_000 })).toEqual({
      kind: 'reply',
      value: [shared.group],
    });
  });
});
