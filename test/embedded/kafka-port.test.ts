import { createEmbeddedWorld } from '../../src/embedded/world.js';
import { realHost } from '../../src/host/real-host.js';
import { kafkaPortContract } from '../contracts/kafka-port.js';

for (const brokers of [1, 3]) {
  // On real time, because the contract waits for nothing but answers; no poll of it lasts longer than a few milliseconds.
  kafkaPortContract(`embedded, ${brokers} broker(s)`, async () => {
    const world = createEmbeddedWorld({ host: realHost(), brokers });
    const away = createEmbeddedWorld({ host: realHost(), brokers });
    for (let id = 1; id <= brokers; id++) away.faults.kafka.brokerDown(id);
    const kafka = world.kafka();
    let names = 0;
    return {
      kafka,
      createTopic: async (name, partitions, config = {}) => world.createTopic(name, partitions, { config }),
      uniqueName: (prefix) => `${prefix}-${++names}`,
      unreachable: () => away.kafka(),
      close: () => kafka.close(),
    };
  });
}
