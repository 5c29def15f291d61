import { realHost } from '../../src/host/real-host.js';
import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import type { Kafka, PartitionMetadata } from '../../src/kafka/port.js';
import type { LogEntry } from './history.js';

const fetchMaxWaitMs = 500;
const fetchMaxBytes = 4 * 1024 * 1024;

/** Looks at Kafka itself, past every daemon. */
export class LogReader {
  readonly #kafka: Kafka;

  /** @param kafkaPeers `host:port`, comma-separated */
  constructor(kafkaPeers: string) {
    const seedPeers = kafkaPeers.split(',');
    this.#kafka = createKafkaAdapter({
      seedPeers,
      clientId: 'fault-run',
      host: realHost(),
      logger: { warn: () => {} },
    });
  }

  async partitionsOf(topic: string, signal: AbortSignal): Promise<readonly PartitionMetadata[]> {
    const { topics } = await this.#kafka.metadata([topic], signal);
    return topics.find((each) => each.topic === topic)?.partitions ?? [];
  }

  /** Everything that the topic holds, by partition and offset. */
  async read(topic: string, signal: AbortSignal): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    for (const { partition, leader } of await this.partitionsOf(topic, signal)) {
      const [end] = await this.#kafka.listOffsets(leader, [{ topic, partition }], 'latest', signal);
      if (!end || end.error)
        throw new Error(`Broker ${leader} does not say where ${topic}/${partition} ends: ${end?.error}.`);
      for (let offset = 0; offset < end.offset;) {
        const request = { maxWaitMs: fetchMaxWaitMs, minBytes: 1, maxBytes: fetchMaxBytes };
        const from = { topic, partition, offset, maxBytes: fetchMaxBytes };
        const [result] = await this.#kafka.fetch(leader, 'log', { ...request, partitions: [from] }, signal);
        if (!result || result.error)
          throw new Error(`${topic}/${partition} cannot be read at ${offset}: ${result?.error}.`);
        for (const record of result.records) {
          const { try: attempt } = JSON.parse(record.value!.toString()) as { try: number };
          entries.push({ partition, offset: record.offset, attempt });
        }
        offset = result.nextOffset;
      }
    }
    return entries;
  }

  close(): Promise<void> {
    return this.#kafka.close();
  }
}
