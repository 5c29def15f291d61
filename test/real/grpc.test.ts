import { expect, it } from 'vitest';
import { describeWholeService } from '../grpc/whole-service.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';
import { testConfig, testDaemon } from '../support/real-daemon.js';

const topicConfig = { 'retention.ms': '3600000', 'segment.bytes': '1048576' };

describeWholeService('a real cluster', async () => {
  const cluster = realCluster();
  const topic = uniqueName('grpc');
  await cluster.createTopic(topic, { partitions: 4, config: topicConfig });
  // Where the brokers keep their own nodes, so that what they say of topics there is found.
  const config = testConfig({ ...cluster, chroot: '' }, { grpcAddr: '127.0.0.1:0' });
  return { daemon: await testDaemon(config), topic, topicConfig, headers: cluster.supports('headers') };
});

it('the configuration of a topic that has no node below the chroot is that of the brokers, from 0.11 on', async () => {
  const cluster = realCluster();
  const topic = uniqueName('config');
  await cluster.createTopic(topic, { partitions: 1, config: topicConfig });
  const daemon = await testDaemon(testConfig({ ...cluster, chroot: `/${uniqueName('chroot')}` }));
  const response = await fetch(`${daemon.url}/topics/${topic}`);
  const answer = { status: response.status, body: await response.json() };
  expect(answer).toEqual(
    cluster.supports('topic-configs')
      ? { status: 200, body: { config: { version: 1, config: topicConfig } } }
      : { status: 500, body: { error: 'failed to fetch topic configuration: zk: node does not exist' } },
  );
  await daemon.drain();
});
