import { describe, expect, it } from 'vitest';
import { virtualHost } from '../../src/host/virtual-host.js';
import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import { calm } from '../contracts/kafka-port-world.js';
import { API, array, int16, int32, string, startFakeBroker, versionsAnswer } from './fake-broker.js';
import { ends, ranges, sent, until, world } from './fake-world.js';

describe('metadata', () => {
  it('of an old broker is asked for all topics, so that asking creates none', async () => {
    const { broker, kafka } = await world();
    const { topics } = await kafka.metadata(['mine'], calm());
    expect(topics).toEqual([{ topic: 'mine', error: 'UNKNOWN_TOPIC_OR_PARTITION', partitions: [] }]);
    expect(sent(broker, API.metadata)[0]!.body).toEqual(array([]));
  });

  it('names the topics where a broker can be told to create none', async () => {
    const answer = Buffer.concat([
      int32(0),
      array([Buffer.concat([int32(1), string('h'), int32(9), int16(-1)])]),
      int16(-1),
      int32(1),
      array([]),
    ]);
    const { broker, kafka } = await world((request) =>
      request.apiKey === API.versions ? versionsAnswer({ ...ranges, [API.metadata]: [0, 5] }) : answer,
    );
    await kafka.metadata(['mine'], calm());
    expect(sent(broker, API.metadata)[0]!.body).toEqual(Buffer.concat([array([string('mine')]), Buffer.from([0])]));
    await kafka.metadata([], calm());
    expect(sent(broker, API.metadata)[1]!.body).toEqual(Buffer.concat([array([]), Buffer.from([0])]));
  });

  it('of a broker that knows no broker is no answer: the next one is asked', async () => {
    const { broker: living, kafka: unused } = await world();
    await unused.close();
    const empty = await startFakeBroker((request) =>
      request.apiKey === API.versions ? versionsAnswer(ranges) : Buffer.concat([array([]), array([])]),
    );
    ends.push(() => empty.stop());
    const kafka = createKafkaAdapter({
      seedPeers: [empty.address, living.address],
      clientId: 'test',
      host: virtualHost(),
      logger: { warn: () => {} },
    });
    ends.push(() => kafka.close());
    expect((await kafka.metadata([], calm())).brokers[0]!.port).toBe(living.port);
  });

  it('is asked of the next broker when one keeps silent or cannot be reached', async () => {
    const { broker: living, kafka: unused } = await world();
    await unused.close();
    const silent = await startFakeBroker((request) =>
      request.apiKey === API.versions ? versionsAnswer(ranges) : 'silence',
    );
    ends.push(() => silent.stop());
    const host = virtualHost();
    const kafka = createKafkaAdapter({
      seedPeers: ['127.0.0.1:1', silent.address, living.address],
      clientId: 'test',
      host,
      logger: { warn: () => {} },
    });
    ends.push(() => kafka.close());
    const metadata = kafka.metadata([], calm());
    await until(() => silent.requests.length === 2);
    await host.clock.runFor(3_000);
    expect((await metadata).brokers[0]!.port).toBe(living.port);
  });
});

describe('seeds', () => {
  const made = (peer: string) => () =>
    createKafkaAdapter({ seedPeers: [peer], clientId: 'test', host: virtualHost(), logger: { warn: () => {} } });
  it.each(['', 'a:b', 'host:0', 'host:70000', 'a b:9092', '::1:9092'])('refuses "%s"', (peer) => {
    expect(made(peer)).toThrow(RangeError);
  });
  it.each(['localhost', 'host:9093', '[::1]:9092', ' 10.0.0.1:9092 '])('accepts "%s"', async (peer) => {
    await made(peer)().close();
  });
});
