import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/actors/addresses.js';
import type { GroupReading, GroupReadRequest, GroupsListRequest } from '../../../src/actors/requests.js';
import type { ZooKeeperSession } from '../../../src/zookeeper/port.js';
import { inWorld, type ConsumeWorld, type TestDaemon } from '../consume/consume-world.js';

async function read(w: ConsumeWorld, d: TestDaemon, group = 'g') {
  const request: GroupReadRequest = { type: 'group.read', group };
  const to = addressOf.consumers('c');
  const outcome = await w.done(d.bus.ask<GroupReading>(to, request, { deadlineMs: 10_000 }));
  if (outcome.kind === 'refused') return outcome.error.message;
  return outcome.kind === 'reply' ? outcome.value : outcome.kind;
}

async function list(w: ConsumeWorld, d: TestDaemon) {
  const request: GroupsListRequest = { type: 'groups.list' };
  const outcome = await w.done(d.bus.ask<readonly string[]>(addressOf.consumers('c'), request, { deadlineMs: 10_000 }));
  if (outcome.kind === 'refused') return outcome.error.message;
  return outcome.kind === 'reply' ? outcome.value : outcome.kind;
}

const stranger = (w: ConsumeWorld): ZooKeeperSession =>
  w.world.zookeeper('', 'stranger').openSession({ timeoutMs: 6000, onEvent: () => {} });

const empty: GroupReading = { members: [], owners: [], truncated: false };

describe('a group as ZooKeeper has it', () => {
  it(
    'is told with all members, whatever program they are of, and with the session of each claim',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 12);
      const [d1, d2] = [w.start(), w.start()];
      d1.keepPolling();
      await w.runUntil(() => w.owners()['d1']?.length === 12);
      const other = stranger(w);
      const node = { subscription: { t: 1, another: 1 }, pattern: 'static', timestamp: 1, version: 1 };
      await w.done(other.create('/consumers/g/ids/jvm', JSON.stringify(node), 'ephemeral'));
      await w.runUntil(() => w.owners()['d1']?.length === 6);
      await w.done(other.create('/consumers/g/owners/t/11', 'jvm', 'ephemeral'));
      await w.done(other.ensurePath('/consumers/g/owners/another'));
      await w.done(other.create('/consumers/g/owners/another/0', 'left over', 'persistent'));
      await w.done(other.create('/consumers/g/owners/another/not-a-partition', 'x', 'ephemeral'));
      const sessionId = String(d1.load('zookeeper')['sessionId']);
      const owned = [0, 1, 2, 3, 4, 5].map((partition) => ({ topic: 't', partition, member: 'd1', sessionId }));
      expect(sessionId).toMatch(/^[0-9a-f]{16}$/);
      for (const asked of [d1, d2])
        expect(await read(w, asked)).toEqual({
          members: [
            { id: 'd1', topics: ['t'] },
            { id: 'jvm', topics: ['another', 't'] },
          ],
          owners: [
            { topic: 'another', partition: 0, member: 'left over', sessionId: '' },
            ...owned,
            { topic: 't', partition: 11, member: 'jvm', sessionId: other.sessionId },
          ],
          truncated: false,
        });
      expect(await list(w, d2)).toEqual(['g']);
      await w.done(other.close());
    }),
  );

  it(
    'is empty where nobody has heard of it, or can have',
    inWorld({}, async (w) => {
      const d = w.start();
      for (const group of ['nobody', '..', 'a\u0000b']) expect(await read(w, d, group)).toEqual(empty);
      expect(await list(w, d)).toEqual([]);
    }),
  );

  it(
    'shows a member whose node says nothing readable: it keeps the others from consuming',
    inWorld({}, async (w) => {
      const other = stranger(w);
      await w.done(other.ensurePath('/consumers/g/ids'));
      await w.done(other.create('/consumers/g/ids/odd', 'not JSON', 'ephemeral'));
      expect(await read(w, w.start())).toEqual({ ...empty, members: [{ id: 'odd', topics: [] }] });
      await w.done(other.close());
    }),
  );

  it(
    'is cut off where it is larger than anybody could look at, and says so',
    inWorld({}, async (w) => {
      const other = stranger(w);
      await w.done(other.ensurePath('/consumers/g/ids'));
      await w.done(
        Promise.all(
          Array.from({ length: 1001 }, (_, n) =>
            other.create(`/consumers/g/ids/${String(n).padStart(4, '0')}`, '', 'ephemeral'),
          ),
        ),
      );
      const reading = (await read(w, w.start())) as GroupReading;
      expect(reading.truncated).toBe(true);
      expect(reading.members).toHaveLength(1000);
      expect(reading.members.at(-1)!.id).toBe('0999');
      await w.done(other.close());
    }),
  );

  it(
    'cannot be told while ZooKeeper is away, nor can the names of all groups',
    inWorld({}, async (w) => {
      w.world.faults.zookeeper.serverDown();
      const d = w.start();
      const refusal = 'failed to fetch consumer groups: zk: could not connect to a server';
      expect(await read(w, d)).toBe(refusal);
      expect(await list(w, d)).toBe(refusal);
      w.world.faults.zookeeper.serverUp();
    }),
  );
});

describe('the names of groups', () => {
  it(
    'are the first thousand, sorted',
    inWorld({}, async (w) => {
      const other = stranger(w);
      const names = Array.from({ length: 1001 }, (_, n) => String(n).padStart(4, '0'));
      await w.done(Promise.all(names.map((name) => other.ensurePath(`/consumers/${name}`))));
      expect(await list(w, w.start())).toEqual(names.slice(0, 1000));
      await w.done(other.close());
    }),
  );
});
