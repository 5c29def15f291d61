import { beforeAll, describe, expect, it } from 'vitest';
import type { Daemon } from '../../src/daemon.js';
import { uniqueName } from '../support/real-cluster.js';
import { eventually } from '../support/real-daemon.js';
import { GrpcClient } from './support.js';

export interface ServiceWorld {
  readonly daemon: Daemon;
  /** Made anew, with four partitions. */
  readonly topic: string;
  /** What is set for it. */
  readonly topicConfig: Readonly<Record<string, string>>;
  /** Whether the brokers can store record headers. */
  readonly headers: boolean;
}

interface Consumed {
  readonly partition: number;
  readonly offset: string;
  readonly key_value: Buffer;
  readonly key_undefined: boolean;
  readonly message: Buffer;
  readonly headers: readonly { readonly key: string; readonly value: Buffer }[];
}

interface Offsets {
  readonly offsets: readonly { readonly partition: number; readonly offset: string; readonly sparse_acks: string }[];
}

/** What a client sees of the whole service, whatever world the daemon lives in. */
export function describeWholeService(name: string, setUp: () => Promise<ServiceWorld>): void {
  describe(`gRPC on ${name}`, () => {
    let world: ServiceWorld;
    let client: GrpcClient;
    let topic: string;
    beforeAll(async () => {
      world = await setUp();
      ({ topic } = world);
      client = new GrpcClient(world.daemon.grpcAddress!);
      return async () => {
        client.close();
        await world.daemon.drain();
      };
    }, 120_000);

    const produce = async (message: string, key?: string) => {
      const keyed = key === undefined ? { key_undefined: true } : { key_value: Buffer.from(key) };
      const request = { topic, message: Buffer.from(message), ...keyed };
      const { partition, offset } = await client.answer<{ partition: number; offset: string }>('Produce', request);
      return { partition, offset: Number(offset) };
    };
    /** Asks until there is a message: a group that is only joining has none yet. */
    const consume = (group: string, how: object) =>
      eventually(async () => {
        const { code, details, answer } = await client.call<Consumed>('ConsumeNAck', { topic, group, ...how });
        if (code !== 0 && code !== 5) throw new Error(`ConsumeNAck answered ${code} ${details}`);
        return answer;
      }, 'a message');
    /** A new group that begins right at this message, and has nothing before it in the other partitions. */
    const groupAt = async (at: { partition: number; offset: number }) => {
      const group = uniqueName('g');
      const offsets = [0, 1, 2, 3].map((partition) => ({
        partition,
        offset: partition === at.partition ? at.offset : -1,
      }));
      await client.answer('SetOffsets', { topic, group, offsets });
      return group;
    };
    const committed = async (group: string, partition: number) => {
      const { offsets } = await client.answer<Offsets>('GetOffsets', { topic, group });
      const { offset, sparse_acks } = offsets.find((entry) => entry.partition === partition)!;
      return sparse_acks === '' ? offset : `${offset} ${sparse_acks}`;
    };
    const eventuallyCommitted = (group: string, partition: number, what: string) =>
      expect.poll(() => committed(group, partition), { timeout: 45_000, interval: 50 }).toBe(what);

    it('a message goes to the partition of its key; an empty key is a key and comes back as one', async () => {
      expect((await produce('x', 'foo')).partition).toBe(1);
      const written = await produce('empty key', '');
      expect(written.partition).toBe(3);
      const group = await groupAt(written);
      expect(await consume(group, { auto_ack: true })).toMatchObject({
        partition: 3,
        offset: String(written.offset),
        key_value: Buffer.alloc(0),
        key_undefined: false,
        message: Buffer.from('empty key'),
      });
      expect((await produce('x', 'foo')).partition).toBe(1);
    });

    it('a message without a key comes back without one', async () => {
      const group = await groupAt(await produce('no key'));
      expect(await consume(group, { auto_ack: true })).toMatchObject({ key_undefined: true, headers: [] });
    });

    it('headers come back in order and in the case that they were sent in, where the brokers store them', async () => {
      const headers = [
        { key: 'x-First', value: Buffer.from([0, 255]) },
        { key: 'SECOND', value: Buffer.alloc(0) },
        { key: 'x-First', value: Buffer.from('again') },
      ];
      const request = { topic, key_undefined: true, message: Buffer.from('m'), headers };
      if (world.headers) {
        const { partition, offset } = await client.answer<{ partition: number; offset: string }>('Produce', request);
        const group = await groupAt({ partition, offset: Number(offset) });
        expect((await consume(group, { auto_ack: true })).headers).toEqual(headers);
      } else {
        expect(await client.error('Produce', request)).toMatch(
          /^3 headers are not supported with this version of Kafka/,
        );
      }
    });

    it('a message written in async_mode is answered with -1 and -1, and is there', async () => {
      const before = await produce('before', 'async');
      const request = { topic, key_value: Buffer.from('async'), message: Buffer.from('later'), async_mode: true };
      expect(await client.answer('Produce', request)).toEqual({ partition: -1, offset: '-1' });
      const group = await groupAt({ partition: before.partition, offset: before.offset + 1 });
      expect((await consume(group, { auto_ack: true })).message).toEqual(Buffer.from('later'));
    });

    it('auto_ack acknowledges the message that it answers', async () => {
      const written = await produce('auto', 'auto');
      const group = await groupAt(written);
      await consume(group, { auto_ack: true });
      await eventuallyCommitted(group, written.partition, String(written.offset + 1));
    });

    it('messages are acknowledged by the numbers of the next request, or by Ack, in any order', async () => {
      const first = await produce('1', 'explicit');
      for (const text of ['2', '3']) await produce(text, 'explicit');
      const { partition } = first;
      const group = await groupAt(first);
      const texts = [(await consume(group, { no_ack: true })).message.toString()];
      const second = await consume(group, { no_ack: true });
      texts.push(second.message.toString());
      // Acknowledges the second while the first is out.
      const third = await consume(group, { ack_partition: partition, ack_offset: second.offset });
      texts.push(third.message.toString());
      expect(texts).toEqual(['1', '2', '3']);
      await eventuallyCommitted(group, partition, `${first.offset} 1-2`);
      await client.answer('Ack', { topic, group, partition, offset: first.offset });
      await eventuallyCommitted(group, partition, String(first.offset + 2));
      await client.answer('Ack', { topic, group, partition, offset: third.offset });
      await eventuallyCommitted(group, partition, String(first.offset + 3));
    });

    it('an ack of what was never offered is ignored, such as 0/0 of a first request without flags (bug 7)', async () => {
      const written = await produce('bug 7', '5');
      expect(written.partition).toBe(0);
      const group = await groupAt({ partition: 0, offset: 0 });
      const first = await consume(group, {});
      expect(first).toMatchObject({ partition: 0, offset: '0' });
      await client.answer('Ack', { topic, group, partition: 0, offset: '5000' });
      // Acknowledged now, so whatever the others had set off would be committed with it.
      await client.answer('Ack', { topic, group, partition: 0, offset: '0' });
      await eventuallyCommitted(group, 0, '1');
    });

    it('an ack to a partition that no daemon here owns is refused', async () => {
      const refused = await client.error('Ack', { topic, group: 'nobody', partition: 3, offset: 1 });
      expect(refused).toBe(`13 acks channel missing for {nobody ${topic} 3}`);
    });

    it('a request that finds no message is answered NOT_FOUND when its time is over', async () => {
      const group = uniqueName('g');
      expect(await client.error('ConsumeNAck', { topic, group, no_ack: true })).toBe('5 long polling timeout');
    });

    it('topics are described with leaders, replicas and configuration; an unknown one is NOT_FOUND', async () => {
      const told = await client.answer<{ partitions: { partition: number; leader: number }[] }>('GetTopicMetadata', {
        topic,
        with_partitions: true,
      });
      expect(told).toMatchObject({ version: 1, config: world.topicConfig });
      expect(told.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3]);
      for (const partition of told.partitions)
        expect(partition).toMatchObject({ replicas: [partition.leader], isr: [partition.leader] });
      const { topics } = await client.answer<{ topics: Record<string, unknown> }>('ListTopics', {
        with_partitions: true,
      });
      expect(topics[topic]).toEqual(told);
      expect(await client.error('GetTopicMetadata', { topic: uniqueName('none') })).toBe('5 Unknown topic');
    });

    it('unknown topics are INVALID_ARGUMENT to Produce and NOT_FOUND to offsets', async () => {
      const none = { topic: uniqueName('none'), group: 'g', offsets: [{ partition: 0, offset: 1 }] };
      expect(await client.error('Produce', none)).toMatch(/^3 kafka server: Request was for a topic or partition/);
      expect(await client.error('GetOffsets', none)).toBe('5 Unknown topic');
    });

    it('members and their partitions are listed by group', async () => {
      const group = await groupAt(await produce('listed'));
      await consume(group, { auto_ack: true });
      const { groups } = await client.answer<{ groups: Record<string, unknown> }>('ListConsumers', { topic });
      const consumers = { [world.daemon.memberId]: { partitions: [0, 1, 2, 3] } };
      expect(groups[group]).toEqual({ consumers });
      expect(await client.answer('ListConsumers', { topic, group })).toEqual({ groups: { [group]: { consumers } } });
      expect(await client.error('ListConsumers', { topic, group: 'nobody' })).toBe('5 unknown consumer group nobody');
      expect(await client.error('ListConsumers', { topic: 'none', group })).toBe(
        `5 topic none is not consumed by ${group}`,
      );
    });
  });
}
