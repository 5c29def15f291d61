import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import { realHost } from '../../src/host/real-host.js';
import { kafkaPortContract } from '../contracts/kafka-port.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';

const adapter = (seedPeers: readonly string[]) =>
  createKafkaAdapter({ seedPeers, clientId: 'contract', host: realHost(), logger: { warn: () => {} } });

kafkaPortContract('a real cluster', async () => {
  const cluster = realCluster();
  const kafka = adapter(cluster.kafkaPeers.split(','));
  return {
    kafka,
    createTopic: (name, partitions, config = {}) => cluster.createTopic(name, { partitions, config }),
    uniqueName,
    supports: cluster.supports,
    // Nothing listens on port 1 of any machine that this runs on; it takes an administrator to.
    unreachable: () => adapter(['127.0.0.1:1']),
    close: () => kafka.close(),
  };
});
