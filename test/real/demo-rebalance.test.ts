import { pino } from 'pino';
import { expect, it } from 'vitest';
import { demoRebalance } from '../../src/cli/demo-rebalance.js';
import { validateConfig } from '../../src/config/config.js';
import { realHost } from '../../src/host/real-host.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';
import { TopicClient, testConfig, testDaemon } from '../support/real-daemon.js';

/** With shorter times than a person would like. */
it(
  'the demo of a rebalance comes to its end on a real cluster, and leaves no claims',
  { timeout: 180_000 },
  async () => {
    const cluster = realCluster();
    const [kafkaPeers, zookeeperPeers] = [cluster.kafkaPeers.split(','), cluster.zookeeperPeers.split(',')];
    const topic = uniqueName('demo');
    let written = '';
    const demo = () =>
      demoRebalance({
        host: realHost(),
        config: validateConfig({
          clusters: { default: { kafka: { seedPeers: kafkaPeers }, zookeeper: { seedPeers: zookeeperPeers } } },
        }),
        log: pino({ level: 'silent' }),
        terminal: { write: (text) => (written += text) },
        openPage: async () => ({ address: '127.0.0.1:1', remark: () => {}, close: async () => {} }),
        real: true,
        topic,
        autoMs: 1,
        ended: new AbortController().signal,
        times: { sessionTimeoutMs: 2500, subscriptionTimeoutMs: 1500 },
      });
    await expect(demo()).rejects.toThrow(`There is no topic ${topic}.`);

    await cluster.createTopic(topic, { partitions: 4 });
    await demo();
    expect(written.match(/Seen: /g)).toHaveLength(10);
    const daemon = await testDaemon(testConfig({ ...cluster, chroot: '' }));
    expect(await new TopicClient(daemon.url, topic).consumers()).toEqual({});
    await daemon.drain();
  },
);
