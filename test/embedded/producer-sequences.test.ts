import { describe, expect, it } from 'vitest';
import { ProducerSequences } from '../../src/embedded/producer-sequences.js';
import { bench, calm, kafkaClient, record } from './support.js';

describe('sequences of producers', () => {
  it('go on from 0 after 2^31', () => {
    const sequences = new ProducerSequences(10);
    const me = { id: 1, epoch: 0 };
    sequences.appended({ ...me, baseSequence: 2_147_483_640 }, 8, 5);
    expect(sequences.check({ ...me, baseSequence: 1 }, 1)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(sequences.check({ ...me, baseSequence: 0 }, 1)).toBeNull();
    expect(sequences.check({ ...me, baseSequence: 2_147_483_640 }, 8)).toBe(5);
    expect(sequences.check({ ...me, baseSequence: 2_147_483_640 }, 7)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
  });

  it('of whoever has not written for longest are forgotten at the limit', () => {
    const sequences = new ProducerSequences(2);
    for (const id of [1, 2, 1, 3]) sequences.appended({ id, epoch: 0, baseSequence: 0 }, 1, id * 10);
    const repeated = (id: number) => sequences.check({ id, epoch: 0, baseSequence: 0 }, 1);
    expect([1, 2, 3].map(repeated)).toEqual([10, null, 30]);
  });

  it('of a later epoch begin at 0', () => {
    const sequences = new ProducerSequences(2);
    sequences.appended({ id: 1, epoch: 0, baseSequence: 0 }, 1, 0);
    expect(sequences.check({ id: 1, epoch: 1, baseSequence: 1 }, 1)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(sequences.check({ id: 1, epoch: 1, baseSequence: 0 }, 1)).toBeNull();
  });
});

it('a batch whose answer was lost lies there once when it is written again with its sequence', async () => {
  const { world } = bench();
  world.createTopic('t', 1);
  const kafka = await kafkaClient(world);
  const sequence = { ...(await kafka.initProducerId(calm())), baseSequence: 0 };
  const write = () => {
    const partitions = [{ topic: 't', partition: 0, records: [record('once')], sequence }];
    return kafka.produce(1, { requiredAcks: -1, timeoutMs: 1_000, partitions }, calm());
  };
  world.faults.kafka.replyLost({ api: 'produce' });
  await expect(write()).rejects.toMatchObject({ kind: 'connection-lost' });
  expect(await write()).toMatchObject([{ error: null, baseOffset: 0 }]);
  expect(world.describe().kafka.topics[0]!.partitions[0]!.endOffset).toBe(1);
});

it('a producer id that is refused names the error of the broker', async () => {
  const { world } = bench();
  const kafka = await kafkaClient(world);
  world.faults.kafka.requestRefused({ api: 'initProducerId' }, 'CLUSTER_AUTHORIZATION_FAILED');
  await expect(kafka.initProducerId(calm())).rejects.toMatchObject({
    kind: 'broker',
    brokerError: 'CLUSTER_AUTHORIZATION_FAILED',
  });
});
