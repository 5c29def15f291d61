import { expect, it } from 'vitest';
import { calm, record } from '../contracts/kafka-port-world.js';
import { API, array, int16, int32, int64, string } from './fake-broker.js';
import { healthy, sent, world } from './fake-world.js';

const FORMAT_TOO_OLD = 43;

/** The producer id in each batch of a Produce v7 request about topic `t`; -1: none. */
function producerIds(body: Buffer): number[] {
  const countAt = 2 + 2 + 4 + 4 + 2 + 't'.length;
  const ids: number[] = [];
  for (let at = countAt + 4; at < body.length; at += 8 + body.readInt32BE(at + 4))
    ids.push(Number(body.readBigInt64BE(at + 8 + 43)));
  return ids;
}

it('a topic in an older format gets its batches without a sequence, and is remembered for ten minutes', async () => {
  let offset = 0;
  const { broker, kafka, clock } = await world((request, b) => {
    if (request.apiKey !== API.produce) return healthy(request, b);
    const results = producerIds(request.body).map((id, i) => {
      const error = id >= 0 && i === 0 ? FORMAT_TOO_OLD : 0;
      return Buffer.concat([int32(i), int16(error), int64(error ? -1 : ++offset), int64(-1), int64(0)]);
    });
    return Buffer.concat([array([Buffer.concat([string('t'), array(results)])]), int32(0)]);
  });
  await kafka.metadata([], calm());
  const sequence = { id: 9, epoch: 0, baseSequence: 0 };
  const write = (...numbers: readonly number[]) => {
    const partitions = numbers.map((partition) => ({ topic: 't', partition, records: [record('x')], sequence }));
    return kafka.produce(1, { requiredAcks: -1, timeoutMs: 2_000, partitions }, calm());
  };
  const written = (partition: number, baseOffset: number) => ({ topic: 't', partition, error: null, baseOffset });
  expect(await write(0, 1)).toEqual([written(0, 2), written(1, 1)]);
  expect(await write(0)).toEqual([written(0, 3)]);
  await clock.runFor(600_000);
  expect(await write(0)).toEqual([written(0, 4)]);
  expect(sent(broker, API.produce).map(({ body }) => producerIds(body))).toEqual([[9, 9], [-1], [-1], [9], [-1]]);
});
