import { describe, expect, it } from 'vitest';
import type { FetchedRecord } from '../../src/kafka/port.js';
import { POLL_MS_FOREVER, calm, failure, freshTopic, leaderOf, read, record, write } from './kafka-port-world.js';
import type { World } from './kafka-port-world.js';

const values = (records: readonly FetchedRecord[]) => records.map((r) => r.value!.toString());

export function fetchContract(world: World): void {
  describe('fetch', () => {
    it('reads from the offset that was asked for, also from within a batch', async () => {
      const { kafka } = world();
      const { topic } = await freshTopic(world());
      await write(
        kafka,
        topic,
        ['a', 'b', 'c', 'd'].map((v) => record(v)),
      );
      const [result] = await read(kafka, [{ topic, offset: 2 }]);
      expect(result).toMatchObject({ topic, partition: 0, error: null, highWatermark: 4, nextOffset: 4 });
      expect(result!.records.map((r) => r.offset)).toEqual([2, 3]);
      expect(values(result!.records)).toEqual(['c', 'd']);
      expect(result!.retainedBytes).toBeGreaterThanOrEqual(2);
    });

    it('answers empty when the wait is over', async () => {
      const { kafka } = world();
      const { topic } = await freshTopic(world());
      await write(kafka, topic, [record('a')]);
      const results = await read(kafka, [{ topic, offset: 1 }], { maxWaitMs: 20 });
      expect(results).toEqual([
        { topic, partition: 0, error: null, highWatermark: 1, records: [], nextOffset: 1, retainedBytes: 0 },
      ]);
    });

    it('waits for a record that is yet to come, and holds up nothing else meanwhile', async () => {
      const { kafka, uniqueName } = world();
      const { topic, leader } = await freshTopic(world());
      const other = await freshTopic(world());
      await write(kafka, other.topic, [record('of another lane')]);
      const order: string[] = [];
      const poll = read(kafka, [{ topic }], { lane: 'waiting' }).then(([result]) => {
        order.push('answered');
        return result!;
      });
      // Round trips on each of the other sockets: the poll stays unanswered, and they are not behind it.
      expect(await kafka.listOffsets(leader, [{ topic, partition: 0 }], 'latest', calm())).toHaveLength(1);
      expect(values((await read(kafka, [{ topic: other.topic }], { lane: uniqueName('lane') }))[0]!.records)).toEqual([
        'of another lane',
      ]);
      order.push('written');
      await write(kafka, topic, [record('woken')]);
      expect(values((await poll).records)).toEqual(['woken']);
      expect(order).toEqual(['written', 'answered']);
    });

    it('reads several partitions at once, good ones beside bad ones', async () => {
      const { kafka, uniqueName } = world();
      const { topic } = await freshTopic(world());
      const missing = uniqueName('missing');
      await write(kafka, topic, [record('a'), record('b')]);
      const results = await read(kafka, [{ topic }, { topic: missing }, { topic, partition: 8 }]);
      expect(results.map((r) => [r.topic, r.partition, r.error])).toEqual([
        [topic, 0, null],
        [missing, 0, 'UNKNOWN_TOPIC_OR_PARTITION'],
        [topic, 8, 'UNKNOWN_TOPIC_OR_PARTITION'],
      ]);
      expect(values(results[0]!.records)).toEqual(['a', 'b']);
      for (const bad of results.slice(1)) {
        expect(bad).toMatchObject({ records: [], highWatermark: -1, nextOffset: 0, retainedBytes: 0 });
      }
    });

    it('says so when the offset is past the end', async () => {
      const { kafka } = world();
      const { topic } = await freshTopic(world());
      await write(kafka, topic, [record('a')]);
      const [result] = await read(kafka, [{ topic, offset: 50 }]);
      expect(result).toMatchObject({ error: 'OFFSET_OUT_OF_RANGE', records: [], nextOffset: 50, retainedBytes: 0 });
    });

    it('gives the first record even when it is larger than every limit', async () => {
      const { kafka } = world();
      const { topic } = await freshTopic(world());
      const large = Buffer.alloc(200_000, 'x');
      await write(kafka, topic, [record(large)]);
      await write(kafka, topic, [record('after it')]);
      const [result] = await read(kafka, [{ topic, maxBytes: 100 }], { maxBytes: 100 });
      expect(result!.records.map((r) => r.offset)).toEqual([0]);
      expect(result!.records[0]!.value!.equals(large)).toBe(true);
      expect(result!.nextOffset).toBe(1);
      expect(result!.retainedBytes).toBeGreaterThanOrEqual(200_000);
    });

    it('gives large first records of several partitions, each in its turn', async () => {
      const { kafka } = world();
      const { topic, leader } = await freshTopic(world(), 2);
      const { topics } = await kafka.metadata([topic], calm());
      const led = topics[0]!.partitions.filter((p) => p.leader === leader).map((p) => p.partition);
      for (const partition of led) {
        for (let i = 0; i < 3; i++) await write(kafka, topic, [record(Buffer.alloc(5_000, String(i)))], partition);
      }
      // Nobody reads on: a partition that always has something must not keep the others from their turn.
      const seen = new Set<number>();
      for (let poll = 0; poll < 2 * led.length; poll++) {
        const asked = led.map((partition) => ({ topic, partition, maxBytes: 100 }));
        for (const result of await read(kafka, asked, { maxBytes: 100 })) {
          if (result.records.length > 0) seen.add(result.partition);
        }
      }
      expect([...seen].sort()).toEqual(led);
    });

    it('reads all of a log by small answers, in order and without a gap', async () => {
      const { kafka } = world();
      const { topic, leader } = await freshTopic(world());
      for (let i = 0; i < 12; i++) await write(kafka, topic, [record(Buffer.alloc(3_000, i)), record(`after ${i}`)]);
      const offsets: number[] = [];
      let offset = 0;
      let answers = 0;
      while (offset < 24) {
        const [result] = await read(kafka, [{ topic, offset, maxBytes: 7_000 }]);
        expect(result!.error).toBeNull();
        expect(result!.nextOffset).toBeGreaterThan(offset);
        offsets.push(...result!.records.map((r) => r.offset));
        offset = result!.nextOffset;
        answers++;
      }
      expect(offsets).toEqual(Array.from({ length: 24 }, (_, i) => i));
      expect(answers).toBeGreaterThan(3);
      expect(leader).toBe(await leaderOf(kafka, topic));
    });

    it('ends a poll at once when its signal is raised, and the lane serves on', async () => {
      const { kafka, uniqueName } = world();
      const { topic } = await freshTopic(world());
      const lane = uniqueName('lane');
      const controller = new AbortController();
      const poll = read(kafka, [{ topic }], { lane, signal: controller.signal, maxWaitMs: POLL_MS_FOREVER });
      const ended = failure(poll, 'aborted');
      await kafka.metadata([], calm());
      controller.abort();
      await ended;
      const [next] = await read(kafka, [{ topic }], { lane, maxWaitMs: 0 });
      expect(next).toMatchObject({ error: null, records: [], nextOffset: 0 });
    });

    it('refuses a signal that was raised before', async () => {
      const { kafka } = world();
      const { topic } = await freshTopic(world());
      await failure(read(kafka, [{ topic }], { signal: AbortSignal.abort() }), 'aborted');
    });

    it('ends what a closed lane waits for; the same lane may be opened again', async () => {
      const { kafka, uniqueName } = world();
      const { topic, leader } = await freshTopic(world());
      const lane = uniqueName('lane');
      const ask = () => {
        const partitions = [{ topic, partition: 0, offset: 0, maxBytes: 1_000 }];
        return kafka.fetch(
          leader,
          lane,
          { maxWaitMs: POLL_MS_FOREVER, minBytes: 1, maxBytes: 1_000, partitions },
          calm(),
        );
      };
      const ended = failure(ask(), 'aborted');
      kafka.closeLane(lane);
      await ended;
      await write(kafka, topic, [record('a')]);
      expect(values((await ask())[0]!.records)).toEqual(['a']);
    });
  });
}
