import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/actors/addresses.js';
import type { Outcome } from '../../../src/actors/bus/types.js';
import type {
  ConsumersByGroup,
  GetOffsetsRequest,
  ListConsumersRequest,
  PartitionOffsets,
  SetOffsetsReply,
  SetOffsetsRequest,
} from '../../../src/actors/requests.js';
import { inWorld, numbered, type ConsumeWorld, type TestDaemon } from '../consume/consume-world.js';

const plain = <T>(outcome: Outcome<T>): T | string => {
  if (outcome.kind === 'reply') return outcome.value;
  return outcome.kind === 'refused' ? `${outcome.error.code}: ${outcome.error.message}` : outcome.kind;
};

async function getOffsets(w: ConsumeWorld, d: TestDaemon, topic = 't', deadlineMs = 10_000) {
  const request: GetOffsetsRequest = { type: 'offsets.get', group: 'g', topic };
  return plain(await w.done(d.bus.ask<readonly PartitionOffsets[]>(addressOf.offsets('c'), request, { deadlineMs })));
}

async function setOffsets(w: ConsumeWorld, d: TestDaemon, offsets: SetOffsetsRequest['offsets'], topic = 't') {
  const request: SetOffsetsRequest = { type: 'offsets.set', group: 'g', topic, offsets };
  return plain(await w.done(d.bus.ask<SetOffsetsReply>(addressOf.offsets('c'), request, { deadlineMs: 10_000 })));
}

async function consumers(w: ConsumeWorld, d: TestDaemon, group?: string, topic = 't', deadlineMs = 10_000) {
  const request: ListConsumersRequest = { type: 'consumers.list', topic, group };
  return plain(await w.done(d.bus.ask<ConsumersByGroup>(addressOf.consumers('c'), request, { deadlineMs })));
}

describe('offsets', () => {
  it(
    'are told with both ends of the log, the lag, and sparse acks in a form for people',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 4);
      for (const partition of [0, 1, 2, 3]) await w.write(numbered(5), { partition });
      await w.store(2, { metadata: 'BC' });
      await w.store(-2, { partition: 1, metadata: 'mine, not yours' });
      await w.store(9, { partition: 3 });
      const d = w.start();
      const common = { begin: 0, end: 5, count: 5 };
      expect(await getOffsets(w, d)).toEqual([
        { partition: 0, ...common, offset: 2, lag: 3, metadata: 'BC', sparseAcks: '1-3' },
        { partition: 1, ...common, offset: -2, lag: 5, metadata: 'mine, not yours', sparseAcks: '' },
        { partition: 2, ...common, offset: -1, lag: 0, metadata: '', sparseAcks: '' },
        { partition: 3, ...common, offset: 9, lag: -4, metadata: '', sparseAcks: '' },
      ]);
    }),
  );

  it(
    'are set for those partitions that are named, and are where consuming begins',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 2);
      await w.write(numbered(4));
      const d = w.start();
      expect(await setOffsets(w, d, [])).toEqual({ foreignOwners: {} });
      expect(await setOffsets(w, d, [{ partition: 0, offset: 3, metadata: 'x' }])).toEqual({ foreignOwners: {} });
      expect([w.committed(0), w.committed(1)]).toEqual(['3:x', undefined]);
      expect(await d.consume(1)).toEqual(['m3']);
    }),
  );

  it(
    'of a topic that does not exist are refused',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      expect(await getOffsets(w, d, 'none')).toMatch(/^unknown-topic/);
      const offsets = [{ partition: 0, offset: 3, metadata: '' }];
      expect(await setOffsets(w, d, offsets, 'none')).toMatch(/^unknown-topic/);
      expect(await setOffsets(w, d, [{ partition: 7, offset: 3, metadata: '' }])).toMatch(/^unknown-topic/);
    }),
  );

  it.each(['LEADER_NOT_AVAILABLE', 'NOT_COORDINATOR'] as const)('are asked for again after %s', (error) =>
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      for (const api of ['fetchOffsets', 'listOffsets'] as const)
        w.world.faults.kafka.requestRefused({ api, client: 'd1' }, error, 2);
      expect(await getOffsets(w, d)).toHaveLength(1);
    })(),
  );

  it(
    'are waited for while Kafka is away, but not for ever; an error that does not pass is told at once',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      w.world.faults.kafka.brokerDown(1);
      expect(await getOffsets(w, d)).toMatch(/^offsets-failed: .*down/);
      w.world.faults.kafka.leaderMoved('t', 0, -1);
      w.world.faults.kafka.brokerUp(1);
      w.world.faults.kafka.leaderMoved('t', 0, -1);
      expect(await getOffsets(w, d)).toMatch(/^offsets-failed: failed to get partition leader, partition=0/);
      w.world.faults.kafka.leaderMoved('t', 0, 1);
      w.world.faults.kafka.requestRefused({ api: 'listOffsets', client: 'd1' }, 'TOPIC_AUTHORIZATION_FAILED', 1);
      const from = w.host.clock.nowMs();
      expect(await getOffsets(w, d)).toMatch(/TOPIC_AUTHORIZATION_FAILED/);
      expect(w.host.clock.nowMs()).toBe(from);
    }),
  );
});

describe('an error of Kafka', () => {
  it(
    'in the answer about committed offsets is told, not passed off as no offset (defect 14 of the original)',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(3);
      const d = w.start();
      w.world.faults.kafka.requestRefused({ api: 'fetchOffsets', client: 'd1' }, 'GROUP_AUTHORIZATION_FAILED', 1);
      expect(await getOffsets(w, d)).toBe('offsets-failed: failed to fetch offsets: GROUP_AUTHORIZATION_FAILED');
      w.world.faults.kafka.requestRefused({ api: 'fetchOffsets', client: 'd1' }, 'COORDINATOR_LOAD_IN_PROGRESS', 3);
      expect(await getOffsets(w, d)).toMatchObject([{ offset: 3 }]);
    }),
  );

  it.each([
    ['listOffsets', 'failed to fetch oldest offset, broker=1: TOPIC_AUTHORIZATION_FAILED'],
    ['fetchOffsets', 'failed to fetch offsets: TOPIC_AUTHORIZATION_FAILED'],
    ['metadata', 'failed to get partitions: TOPIC_AUTHORIZATION_FAILED'],
    ['findCoordinator', 'failed to get coordinator'],
  ] as const)('that does not pass is told with the step that met it: %s', (api, text) =>
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      w.world.faults.kafka.requestRefused({ api, client: 'd1' }, 'TOPIC_AUTHORIZATION_FAILED', 1);
      expect(await getOffsets(w, d)).toContain(`offsets-failed: ${text}`);
    })(),
  );
});

describe('consumers', () => {
  it(
    'are told by group, member and partition, those of other programs too',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 3);
      const [d1, d2] = [w.start(), w.start()];
      d1.keepPolling();
      d2.keepPolling();
      await w.runUntil(() => w.owners()['d2'] !== undefined && w.owners()['d1']?.length === 2);
      const other = w.world.zookeeper('', 'x').openSession({ timeoutMs: 6000, onEvent: () => {} });
      await w.done(other.ensurePath('/consumers/theirs/owners/t'));
      await w.done(other.create('/consumers/theirs/owners/t/11', 'jvm', 'ephemeral'));
      await w.done(other.create('/consumers/theirs/owners/t/2', 'jvm', 'ephemeral'));
      await w.done(other.ensurePath('/consumers/idle/owners/other'));
      expect(await consumers(w, d1)).toEqual({ g: { d1: [0, 1], d2: [2] }, theirs: { jvm: [2, 11] } });
      expect(await consumers(w, d2, 'theirs')).toEqual({ theirs: { jvm: [2, 11] } });
      await w.done(other.close());
    }),
  );

  it(
    'of an unknown group, or of a topic that the group does not consume, are refused',
    inWorld({}, async (w) => {
      const other = w.world.zookeeper('', 'x').openSession({ timeoutMs: 6000, onEvent: () => {} });
      await w.done(other.ensurePath('/consumers/theirs/owners/odd/x'));
      const d = w.start();
      expect(await consumers(w, d, 'nobody')).toMatch(/^unknown-consumer-group/);
      expect(await consumers(w, d, 'theirs', 'none')).toMatch(/^topic-not-consumed/);
      expect(await consumers(w, d, 'theirs', 'odd')).toMatch(/^consumers-failed: .*invalid partition id, x/);
      expect(await consumers(w, d, undefined, 'odd')).toEqual({});
      await w.done(other.close());
    }),
  );

  it(
    'of a cluster where nobody ever consumed are an error, as in the original; without owners they are none',
    inWorld({}, async (w) => {
      const d = w.start();
      expect(await consumers(w, d)).toBe('consumers-failed: failed to fetch consumer groups: zk: node does not exist');
      const other = w.world.zookeeper('', 'x').openSession({ timeoutMs: 6000, onEvent: () => {} });
      await w.done(other.ensurePath('/consumers/theirs/owners/t'));
      expect(await consumers(w, d)).toEqual({});
      expect(await consumers(w, d, 'theirs')).toEqual({ theirs: {} });
      await w.done(other.close());
    }),
  );

  it(
    'of one group are an error of ours while ZooKeeper is away, where the original blames the client (defect 3 of the original)',
    inWorld({}, async (w) => {
      w.world.faults.zookeeper.serverDown();
      const d = w.start();
      for (const group of ['g', undefined])
        expect(await consumers(w, d, group)).toBe(
          'consumers-failed: failed to fetch consumer groups: zk: could not connect to a server',
        );
      w.world.faults.zookeeper.serverUp();
    }),
  );

  it(
    'are waited for until ZooKeeper answers, or the asker gives up',
    inWorld({}, async (w) => {
      w.world.faults.zookeeper.serverDown();
      const d = w.start();
      expect(await consumers(w, d, 'g', 't', 300)).toBe('deadline');
      const waiting = consumers(w, d, 'nobody');
      w.world.faults.zookeeper.serverUp();
      expect(await waiting).toMatch(/^unknown-consumer-group/);
    }),
  );

  it(
    'are looked up sixteen at a time; the others wait their turn, or are refused when it drains',
    inWorld({}, async (w) => {
      w.world.faults.zookeeper.serverDown();
      const d = w.start();
      const request: ListConsumersRequest = { type: 'consumers.list', topic: 't', group: 'g' };
      const asks = Array.from({ length: 20 }, () =>
        d.bus.ask<ConsumersByGroup>(addressOf.consumers('c'), request, { deadlineMs: 5000 }),
      );
      await w.runFor(100);
      expect(d.state('consumers')).toBe('busy');
      const drained = d.drain();
      const outcomes = (await w.done(Promise.all(asks))).map(plain);
      expect(outcomes.filter((text) => String(text).startsWith('shutting-down'))).toHaveLength(4);
      expect(outcomes.filter((text) => String(text).includes('could not connect to a server'))).toHaveLength(16);
      expect((await drained).kind).toBe('reply');
      w.world.faults.zookeeper.serverUp();
    }),
  );
});
