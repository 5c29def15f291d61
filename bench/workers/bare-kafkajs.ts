import { Kafka, logLevel, type Producer } from 'kafkajs';
import { LatencyHistogram } from '../load/latency-histogram.js';
import { messageValue } from '../load/requests.js';
import { serveCalls } from '../processes/calls.js';
import type { PhaseResult } from './load-generator.js';

const fillBatchMessages = 500;
const allInSync = -1;

let kafka: Kafka;
let producer: Producer;
let onMessage: (() => void) | undefined;

async function latencyPhase(durationMs: number, one: () => Promise<unknown>, atOnce: number): Promise<PhaseResult> {
  const latency = new LatencyHistogram();
  const startMs = performance.now();
  const loop = async () => {
    while (performance.now() < startMs + durationMs) {
      const sentMs = performance.now();
      await one();
      latency.add(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  const elapsedMs = performance.now() - startMs;
  return { statuses: { 200: latency.total }, elapsedMs, latency: latency.counts, ended: false };
}

export const operations = {
  async connect({ brokers }: { readonly brokers: string }): Promise<void> {
    kafka = new Kafka({ clientId: 'bare-kafkajs', brokers: brokers.split(','), logLevel: logLevel.ERROR });
    producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
  },

  /** Messages in the topic. */
  async count({ topic }: { readonly topic: string }): Promise<number> {
    const admin = kafka.admin();
    await admin.connect();
    try {
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
    } finally {
      await admin.disconnect();
    }
  },

  async fill(to: { readonly topic: string; partitions: number; perPartition: number; bytes: number }): Promise<void> {
    const messages = Array.from({ length: fillBatchMessages }, () => ({ value: messageValue(to.bytes) }));
    const fillOne = async (partition: number) => {
      for (let left = to.perPartition; left > 0; left -= fillBatchMessages) {
        const some = messages.slice(0, left).map((message) => ({ ...message, partition }));
        await producer.send({ topic: to.topic, acks: 1, messages: some });
      }
    };
    await Promise.all(Array.from({ length: to.partitions }, (_, partition) => fillOne(partition)));
  },

  /** One message for each `producer.send`, so many at a time. */
  async send(work: { topic: string; bytes: number; atOnce: number; durationMs: number }): Promise<PhaseResult> {
    const record = { topic: work.topic, acks: allInSync, messages: [{ value: messageValue(work.bytes) }] };
    return latencyPhase(work.durationMs, () => producer.send(record), work.atOnce);
  },

  async subscribe({ topic, group }: { readonly topic: string; readonly group: string }): Promise<void> {
    const consumer = kafka.consumer({ groupId: group });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
    await consumer.run({ eachMessage: async () => onMessage?.() });
    await joined;
  },

  /** From `producer.send` to the consumer that waits for it, one message at a time. */
  async sendToConsumer(work: { topic: string; bytes: number; durationMs: number }): Promise<readonly number[]> {
    const record = { topic: work.topic, acks: allInSync, messages: [{ value: messageValue(work.bytes) }] };
    const one = async () => {
      const arrived = new Promise<void>((resolve) => (onMessage = resolve));
      await Promise.all([producer.send(record), arrived]);
    };
    return (await latencyPhase(work.durationMs, one, 1)).latency;
  },
};

serveCalls(operations);
