import { afterEach, describe, expect, it } from 'vitest';
import { compareVersions } from '../../src/cluster/versions.js';
import { realHost } from '../../src/host/real-host.js';
import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import type { BatchSequence, Kafka } from '../../src/kafka/port.js';
import { calm, eventually, failure, leaderOf, read, record } from '../contracts/kafka-port-world.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';

const cluster = realCluster();
/** Those that a broker under test may be taken for: its own version, and the ones before it. */
const versions = ['0.8.2.2', '0.9.0.1', '0.10.0.1', '0.10.2.2', '0.11.0.3', '1.0.2', '2.0.1'].filter(
  (version) => compareVersions(version, cluster.version) <= 0,
);
/** Brokers from 4.0 on no longer speak what Kafka before 0.11 does. */
const refused = (version: string) =>
  compareVersions(cluster.version, '4.0.0') >= 0 && compareVersions(version, '0.11.0') < 0;

let kafka: Kafka;
afterEach(() => kafka.close());

describe.each(versions)('kafka.version %s', { timeout: 30_000 }, (kafkaVersion) => {
  it.each(['none', 'gzip', 'snappy', 'lz4'] as const)(
    'with brokers that are newer: what is written with %s is read, in the formats of that version',
    async (compression) => {
      const topic = uniqueName('version');
      await cluster.createTopic(topic, { partitions: 1 });
      kafka = createKafkaAdapter({
        seedPeers: cluster.kafkaPeers.split(','),
        clientId: 'versions',
        kafkaVersion,
        host: realHost(),
        logger: { warn: () => {} },
      });
      const leader = await leaderOf(kafka, topic);
      const records = Array.from({ length: 30 }, (_, i) => record(`${i}`.padEnd(60)));
      const partitions = [{ topic, partition: 0, records }];
      const write = () =>
        kafka.produce(leader, { requiredAcks: -1, timeoutMs: 10_000, compression, partitions }, calm());
      if (refused(kafkaVersion)) {
        expect((await failure(write(), 'unsupported')).message).toContain(
          `Kafka ${kafkaVersion}, as kafka.version says`,
        );
        expect((await failure(read(kafka, [{ topic }]), 'unsupported')).message).toContain('as kafka.version says');
        return;
      }
      for (const base of [0, 30])
        expect(await write()).toEqual([{ topic, partition: 0, error: null, baseOffset: base }]);
      const seen: string[] = [];
      for (let offset = 17; offset < 60;) {
        const [result] = await read(kafka, [{ topic, offset }]);
        expect(result!.error).toBeNull();
        expect(result!.nextOffset).toBeGreaterThan(offset);
        seen.push(...result!.records.map((r) => `${r.offset} ${r.value!.toString().trim()}`));
        offset = result!.nextOffset;
      }
      expect(seen).toEqual(Array.from({ length: 43 }, (_, i) => `${i + 17} ${(i + 17) % 30}`));
    },
  );
});

/** Brokers of these versions keep a topic in an older format where its configuration says so. */
const keepsOldFormats =
  compareVersions(cluster.version, '0.10.1') >= 0 && compareVersions(cluster.version, '3.0.0') < 0;

describe.each(keepsOldFormats ? ['0.9.0', '0.10.0', '0.11.0'] : [])('a topic in the format of Kafka %s', (format) => {
  it.each(['none', 'gzip', 'snappy', 'lz4'] as const)(
    'is written and read as any other, with %s',
    async (compression) => {
      const topic = uniqueName('format');
      await cluster.createTopic(topic, { partitions: 1, config: { 'message.format.version': format } });
      kafka = createKafkaAdapter({
        seedPeers: cluster.kafkaPeers.split(','),
        clientId: 'formats',
        host: realHost(),
        logger: { warn: () => {} },
      });
      const leader = await leaderOf(kafka, topic);
      const records = Array.from({ length: 20 }, (_, i) => record(`${i}`.padEnd(60)));
      const write = async (sequence?: BatchSequence) => {
        const partitions = [{ topic, partition: 0, records, ...(sequence && { sequence }) }];
        return kafka.produce(leader, { requiredAcks: -1, timeoutMs: 10_000, compression, partitions }, calm());
      };
      expect(await write()).toMatchObject([{ error: null, baseOffset: 0 }]);
      expect(await write()).toMatchObject([{ error: null, baseOffset: 20 }]);
      const seen: number[] = [];
      for (let offset = 3; offset < 40;) {
        const [result] = await read(kafka, [{ topic, offset }]);
        expect(result!.error).toBeNull();
        seen.push(...result!.records.map((r) => r.offset));
        expect(result!.records.map((r) => r.value!.toString().trim())).toEqual(
          result!.records.map((r) => String(r.offset % 20)),
        );
        offset = result!.nextOffset;
      }
      expect(seen).toEqual(Array.from({ length: 37 }, (_, i) => i + 3));
      // Where nothing in the format could tell a batch from its repetition, its sequence is left out, as on old brokers.
      const sequence = { ...(await eventually(() => kafka.initProducerId(calm()))), baseSequence: 0 };
      const repeated = format === '0.11.0' ? 40 : 60;
      expect([await write(sequence), await write(sequence)]).toMatchObject([
        [{ error: null, baseOffset: 40 }],
        [{ error: null, baseOffset: repeated }],
      ]);
    },
  );
});
