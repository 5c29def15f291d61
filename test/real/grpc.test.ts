import { realCluster, uniqueName } from '../support/real-cluster.js';
import { testConfig, testDaemon } from '../support/real-daemon.js';
import { describeWholeService } from '../grpc/whole-service.js';

describeWholeService('a real cluster', async () => {
  const cluster = realCluster();
  const topic = uniqueName('grpc');
  await cluster.createTopic(topic, { partitions: 4 });
  // Where the brokers keep their own nodes, so that what they say of topics there is found.
  const config = testConfig({ ...cluster, chroot: '' }, { grpcAddr: '127.0.0.1:0' });
  return { daemon: await testDaemon(config), topic, headers: cluster.supports('headers') };
});
