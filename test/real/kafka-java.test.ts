import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jarFolder } from '../../src/cluster/jars.js';
import { javaCommand } from '../../src/cluster/java.js';
import { compareVersions, releaseOf } from '../../src/cluster/versions.js';
import { realHost } from '../../src/host/real-host.js';
import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import type { Compression, Kafka } from '../../src/kafka/port.js';
import { calm, leaderOf, read, record } from '../contracts/kafka-port-world.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';

const cluster = realCluster();
const RECORDS = 200;
const JAVA_MAX_MS = 120_000;
const codecs: readonly Compression[] = [
  'none',
  'gzip',
  'snappy',
  'lz4',
  ...(cluster.supports('zstd') ? (['zstd'] as const) : []),
];

/** Runs something of the Java client of the brokers' own version; gives what it printed. */
async function java(...args: readonly string[]): Promise<string> {
  const jars = await jarFolder(realHost(), releaseOf(cluster.version), () => {});
  const options = ['-Xmx128m', '-cp', `${jars}/*`, ...args];
  const { stdout } = await promisify(execFile)(javaCommand(realHost().identity), options, {
    timeout: JAVA_MAX_MS,
    maxBuffer: 10_000_000,
  });
  return stdout;
}

/** A program of our own, compiled as it starts. */
const program = (name: string, ...args: readonly string[]) =>
  java(fileURLToPath(new URL(`java/${name}.java`, import.meta.url)), cluster.kafkaPeers, String(RECORDS), ...args);

/** What the Java client sees in these topics: lines of topic, offset, key and value. */
async function readByJava(named: Iterable<string>): Promise<readonly string[]> {
  if (compareVersions(cluster.version, '0.9.0') >= 0) {
    const printed = await program('JavaReader', ...named);
    return printed.split('\n').filter((line) => line.startsWith('java-'));
  }
  // The consumer of today came with 0.9; this tool of 0.8 prints keys and values, and those in order of their offsets.
  const lines: string[] = [];
  for (const topic of named) {
    const where = ['--broker-list', cluster.kafkaPeers, '--topic', topic, '--partition', '0', '--offset', '-2'];
    const what = ['--no-wait-at-logend', '--property', 'print.key=true'];
    const printed = await java('kafka.tools.SimpleConsumerShell', ...where, ...what);
    const records = printed.split('\n').filter((line) => line.includes('\tvalue '));
    lines.push(...records.map((line, offset) => `${topic}\t${offset}\t${line}`));
  }
  return lines;
}

/** A topic for each codec. */
async function topics(): Promise<ReadonlyMap<Compression, string>> {
  const named = codecs.map((codec) => [codec, uniqueName(`java-${codec}`)] as const);
  for (const [, topic] of named) await cluster.createTopic(topic, { partitions: 1 });
  return new Map(named);
}

describe('the Java client of the brokers', { timeout: 150_000 }, () => {
  let kafka: Kafka;
  beforeAll(() => {
    kafka = createKafkaAdapter({
      seedPeers: cluster.kafkaPeers.split(','),
      clientId: 'java',
      host: realHost(),
      logger: { warn: () => {} },
    });
  });
  afterAll(() => kafka.close());

  it('writes with every codec what we read', async () => {
    const named = await topics();
    await program('JavaWriter', ...[...named].map(([codec, topic]) => `${topic}=${codec}`));
    for (const [codec, topic] of named) {
      const seen: string[] = [];
      for (let offset = 0; offset < RECORDS;) {
        const [result] = await read(kafka, [{ topic, offset }]);
        expect(result).toMatchObject({ error: null });
        expect(result!.nextOffset).toBeGreaterThan(offset);
        seen.push(...result!.records.map((r) => `${r.offset} ${r.key?.toString() ?? null} ${r.value!.toString()}`));
        offset = result!.nextOffset;
      }
      const expected = (n: number) => `${n} ${n % 3 === 0 ? null : `key ${n}`} value ${n} of ${codec}`;
      expect(seen).toEqual(Array.from({ length: RECORDS }, (_, n) => expected(n)));
    }
  });

  it('reads with every codec what we write', async () => {
    const named = await topics();
    const expected: string[] = [];
    for (const [compression, topic] of named) {
      const leader = await leaderOf(kafka, topic);
      for (let base = 0; base < RECORDS; base += 50) {
        const records = Array.from({ length: 50 }, (_, i) => {
          const n = base + i;
          const key = n % 3 === 0 ? null : Buffer.from(`key ${n}`);
          expected.push(`${topic}\t${n}\t${key?.toString() ?? null}\tvalue ${n} of ${compression}`);
          return record(`value ${n} of ${compression}`, { key });
        });
        const partitions = [{ topic, partition: 0, records }];
        const request = { requiredAcks: -1, timeoutMs: 10_000, compression, partitions } as const;
        expect(await kafka.produce(leader, request, calm())).toMatchObject([{ error: null, baseOffset: base }]);
      }
    }
    expect(await readByJava(named.values())).toEqual(expected);
  });
});
