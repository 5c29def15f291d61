import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/actors/addresses.js';
import type { Outcome } from '../../../src/actors/bus/types.js';
import type { GetTopicRequest, ListTopicsRequest, TopicDescription } from '../../../src/actors/requests.js';
import { KafkaFailure, type BrokerErrorName, type Kafka, type TopicConfig } from '../../../src/kafka/port.js';
import { inWorld, type ConsumeWorld, type TestDaemon } from '../consume/consume-world.js';

const plain = <T>(outcome: Outcome<T>): T | string => {
  if (outcome.kind === 'reply') return outcome.value;
  return outcome.kind === 'refused' ? `${outcome.error.code}: ${outcome.error.message}` : outcome.kind;
};

async function list(w: ConsumeWorld, d: TestDaemon, parts: { withPartitions?: boolean; withConfig?: boolean } = {}) {
  const request: ListTopicsRequest = { type: 'topics.list', withPartitions: false, withConfig: false, ...parts };
  const asked = d.bus.ask<readonly TopicDescription[]>(addressOf.topics('c'), request, { deadlineMs: 10_000 });
  return plain(await w.done(asked));
}

async function get(w: ConsumeWorld, d: TestDaemon, topic = 't', withPartitions = false) {
  const request: GetTopicRequest = { type: 'topics.get', topic, withPartitions };
  const asked = d.bus.ask<TopicDescription>(addressOf.topics('c'), request, { deadlineMs: 10_000 });
  return plain(await w.done(asked));
}

type Configs = Readonly<Record<string, Readonly<Record<string, string>> | BrokerErrorName>>;

/** Brokers that tell these configurations; `null`: brokers that are too old for the question. */
function brokersTell(configs: Configs | null) {
  const asked: (readonly string[])[] = [];
  const topicConfigs = async (topics: readonly string[]): Promise<TopicConfig[]> => {
    asked.push(topics);
    if (configs === null) throw new KafkaFailure('unsupported', 'too old');
    return topics.map((topic) => {
      const told = configs[topic] ?? 'UNKNOWN_TOPIC_OR_PARTITION';
      return typeof told === 'string' ? { topic, error: told, entries: {} } : { topic, error: null, entries: told };
    });
  };
  const kafka = (real: Kafka) =>
    new Proxy(real, {
      get: (target, name) => {
        if (name === 'topicConfigs') return topicConfigs;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  return { asked, kafka };
}

/** As the brokers of a cluster with ZooKeeper write it. */
async function writeNode(w: ConsumeWorld, topic: string, data: string, chroot = '') {
  const session = w.world.zookeeper(chroot, 'x').openSession({ timeoutMs: 6000, onEvent: () => {} });
  await w.done(session.ensurePath('/config/topics'));
  await w.done(session.create(`/config/topics/${topic}`, data, 'persistent'));
  await w.done(session.close());
}

const configOf = (told: unknown) => (typeof told === 'string' ? told : (told as TopicDescription).config);

describe('the list of topics', () => {
  it(
    'has the names of all topics in order, internal ones included',
    inWorld({}, async (w) => {
      for (const topic of ['b', '__consumer_offsets', 'a', 'B']) w.world.createTopic(topic, 1);
      const told = await list(w, w.start());
      expect(told).toEqual(
        ['B', '__consumer_offsets', 'a', 'b'].map((topic) => ({ topic, config: undefined, partitions: undefined })),
      );
    }),
  );

  it(
    'has partitions and configurations where they are asked for',
    inWorld({ brokers: 3 }, async (w) => {
      w.world.createTopic('t', 2, { replicationFactor: 2 });
      w.world.createTopic('u', 1);
      const { kafka } = brokersTell({ t: { 'retention.ms': '5', 'cleanup.policy': 'compact' }, u: {} });
      const d = w.start('d', { kafka });
      const t = [
        { partition: 0, leader: 1, replicas: [1, 2], isr: [1, 2] },
        { partition: 1, leader: 2, replicas: [2, 3], isr: [2, 3] },
      ];
      const u = [{ partition: 0, leader: 1, replicas: [1], isr: [1] }];
      const config = { version: 1, config: { 'cleanup.policy': 'compact', 'retention.ms': '5' } };
      const empty = { version: 1, config: {} };
      expect(await list(w, d, { withPartitions: true })).toEqual([
        { topic: 't', config: undefined, partitions: t },
        { topic: 'u', config: undefined, partitions: u },
      ]);
      const told = await list(w, d, { withPartitions: true, withConfig: true });
      expect(told).toEqual([
        { topic: 't', config, partitions: t },
        { topic: 'u', config: empty, partitions: u },
      ]);
      expect(Object.keys((told as TopicDescription[])[0]!.config!.config)).toEqual(['cleanup.policy', 'retention.ms']);
    }),
  );

  it(
    'leaves out a topic that was deleted while it was made',
    inWorld({}, async (w) => {
      w.world.createTopic('gone', 1);
      w.world.createTopic('t', 1);
      const told = await list(w, w.start('d', { kafka: brokersTell({ t: {} }).kafka }), { withConfig: true });
      expect((told as TopicDescription[]).map(({ topic }) => topic)).toEqual(['t']);
    }),
  );
});

describe('the configuration of a topic', () => {
  it(
    'is that of its node in ZooKeeper, below the chroot, where there is one, with its version',
    inWorld({ cluster: { zookeeper: { chroot: '/kafka' } } }, async (w) => {
      w.world.createTopic('t', 1);
      w.world.createTopic('u', 1);
      await writeNode(w, 't', '{"version":7,"config":{"retention.ms":"60000","cleanup.policy":"delete"}}', '/kafka');
      await writeNode(w, 'u', '{"version":9,"config":{}}');
      const { asked, kafka } = brokersTell({ t: { other: 'x' }, u: {} });
      const d = w.start('d', { kafka });
      await w.runUntil(() => d.state('zookeeper') !== 'connecting');
      expect(configOf(await get(w, d))).toEqual({
        version: 7,
        config: { 'cleanup.policy': 'delete', 'retention.ms': '60000' },
      });
      expect(asked).toEqual([]);
      expect(configOf(await get(w, d, 'u'))).toEqual({ version: 1, config: {} });
      expect(asked).toEqual([['u']]);
    }),
  );

  it(
    'is asked of the brokers, with version 1, where there is no node that holds one',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const { asked, kafka } = brokersTell({ t: { 'max.message.bytes': '10' } });
      const d = w.start('d', { kafka });
      await w.runUntil(() => d.state('zookeeper') !== 'connecting');
      const told = { version: 1, config: { 'max.message.bytes': '10' } };
      expect(configOf(await get(w, d))).toEqual(told);
      await writeNode(w, 't', 'broken');
      expect(configOf(await get(w, d))).toEqual(told);
      expect(asked).toEqual([['t'], ['t']]);
    }),
  );

  it(
    'is told by the brokers at once while ZooKeeper is away',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      w.world.faults.zookeeper.serverDown();
      const d = w.start('d', { kafka: brokersTell({ t: {} }).kafka });
      const from = w.host.clock.nowMs();
      expect(configOf(await get(w, d))).toEqual({ version: 1, config: {} });
      expect(w.host.clock.nowMs()).toBe(from);
      w.world.faults.zookeeper.serverUp();
    }),
  );

  it(
    'is told by the brokers after two seconds if ZooKeeper falls silent',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await writeNode(w, 't', '{"version":7,"config":{}}');
      const d = w.start('d', { kafka: brokersTell({ t: {} }).kafka });
      await w.runUntil(() => d.state('zookeeper') !== 'connecting');
      w.world.faults.zookeeper.serverDown();
      const from = w.host.clock.nowMs();
      expect(configOf(await get(w, d))).toEqual({ version: 1, config: {} });
      expect(w.host.clock.nowMs() - from).toBe(2000);
      w.world.faults.zookeeper.serverUp();
    }),
  );

  it(
    'of old brokers is waited for until there is a session with ZooKeeper',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await writeNode(w, 't', '{"version":7,"config":{}}');
      const d = w.start('d', { kafka: brokersTell(null).kafka });
      expect(configOf(await get(w, d))).toEqual({ version: 7, config: {} });
    }),
  );

  it(
    'that neither has is refused in the words of the original',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start('d', { kafka: brokersTell(null).kafka });
      const refused = 'topics-failed: failed to fetch topic configuration: zk:';
      expect(await get(w, d)).toBe(`${refused} node does not exist`);
      expect(await list(w, d, { withConfig: true })).toBe(`${refused} node does not exist`);
      await writeNode(w, 't', '[]');
      expect(await get(w, d)).toContain('/config/topics/t in ZooKeeper holds no topic configuration');
      w.world.faults.zookeeper.serverDown();
      expect(await get(w, d)).toBe(`${refused} could not connect to a server`);
      w.world.faults.zookeeper.serverUp();
    }),
  );

  it(
    'that the brokers may not tell is refused with their error',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start('d', { kafka: brokersTell({ t: 'TOPIC_AUTHORIZATION_FAILED' }).kafka });
      expect(await get(w, d)).toMatch(/^topics-failed: .*TOPIC_AUTHORIZATION_FAILED/);
    }),
  );
});

describe('one topic', () => {
  it(
    'has no leader, -1, where a partition has none (bug 4 of the original)',
    inWorld({ brokers: 2 }, async (w) => {
      w.world.createTopic('t', 2, { replicationFactor: 2 });
      w.world.faults.kafka.leaderMoved('t', 1, -1);
      const told = await get(w, w.start('d', { kafka: brokersTell({ t: {} }).kafka }), 't', true);
      expect((told as TopicDescription).partitions).toEqual([
        { partition: 0, leader: 1, replicas: [1, 2], isr: [1, 2] },
        { partition: 1, leader: -1, replicas: [2, 1], isr: [2, 1] },
      ]);
    }),
  );

  it(
    'that does not exist, or that no topic can be named, is unknown',
    inWorld({}, async (w) => {
      w.world.createTopic('gone', 1);
      const d = w.start('d', { kafka: brokersTell({}).kafka });
      for (const topic of ['none', 'a/b', 'gone']) expect(await get(w, d, topic)).toMatch(/^unknown-topic/);
    }),
  );

  it(
    'is asked for again while its leader is elected, and refused if the brokers refuse it',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start('d', { kafka: brokersTell({ t: {} }).kafka });
      w.world.faults.kafka.requestRefused({ api: 'metadata', client: 'd' }, 'LEADER_NOT_AVAILABLE', 2);
      expect(configOf(await get(w, d))).toEqual({ version: 1, config: {} });
      w.world.faults.kafka.requestRefused({ api: 'metadata', client: 'd' }, 'TOPIC_AUTHORIZATION_FAILED', 1);
      expect(await get(w, d)).toBe('topics-failed: failed to get partitions: TOPIC_AUTHORIZATION_FAILED');
    }),
  );

  it(
    'is waited for while Kafka is away, but not for ever',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start('d', { kafka: brokersTell({ t: {} }).kafka });
      w.world.faults.kafka.brokerDown(1);
      expect(await get(w, d)).toMatch(/^topics-failed: failed to refresh metadata: .*down/);
      const told = get(w, d);
      w.world.faults.kafka.brokerUp(1);
      expect(configOf(await told)).toEqual({ version: 1, config: {} });
    }),
  );

  it(
    'is refused at once with the words of the brokers when they do not let this daemon in',
    inWorld({}, async (w) => {
      const kafka = (real: Kafka) => {
        real.metadata = async () => {
          throw new KafkaFailure('access-denied', 'wrong password');
        };
        return real;
      };
      expect(await get(w, w.start('d', { kafka }))).toBe('kafka-access-denied: kafka: wrong password');
    }),
  );
});
