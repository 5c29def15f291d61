import type { Config } from '../../config/config.js';
import { createEmbeddedWorld, type EmbeddedWorld } from '../../embedded/world.js';
import type { Host } from '../../host/host.js';
import { DemoFailure } from './failure.js';
import { embeddedLink, proxiedZooKeeper, type ZooKeeperLink } from './zookeeper-link.js';

/** What a member is started with. */
export interface MemberGround {
  readonly config: Config;
  /** None: real servers. */
  readonly world?: EmbeddedWorld;
  readonly linkOf: (memberId: string) => ZooKeeperLink;
}

/** Where the demo takes place: which brokers and which ZooKeeper its daemons share. */
export interface DemoPlace {
  /** Where it is, as the end of a sentence. */
  readonly description: string;
  readonly topic: string;
  readonly group: string;
  /** How the topic comes about if it is missing; in a sentence. */
  readonly howToMakeTopic: string;
  /** `host`: of this member alone. */
  prepare(host: Host): Promise<MemberGround>;
}

const embeddedPartitions = 8;

/** One embedded world for all. @throws DemoFailure: not a name for a topic */
export function embeddedPlace(config: Config, topic: string, host: Host): DemoPlace {
  const world = createEmbeddedWorld({ host });
  try {
    world.createTopic(topic, embeddedPartitions);
  } catch (error) {
    throw new DemoFailure(`The topic ${topic} cannot be made: ${(error as Error).message}.`, { cause: error });
  }
  return {
    description: 'an embedded Kafka and an embedded ZooKeeper; everything lives in memory and is gone at the end',
    topic,
    group: 'demo',
    howToMakeTopic: 'It was made at the beginning.',
    prepare: async (host) => ({
      config,
      world: world.seenFrom(host),
      linkOf: (memberId) => embeddedLink(world, memberId),
    }),
  };
}

/** Real brokers and a real ZooKeeper, the latter by way of a link of its own for each daemon. The group is new. */
export function realPlace(config: Config, topic: string, host: Host): DemoPlace {
  const { kafka, zookeeper } = config.clusters[config.defaultCluster]!;
  return {
    description: `Kafka at ${kafka.seedPeers.join(', ')} and ZooKeeper at ${zookeeper.seedPeers.join(', ')}`,
    topic,
    group: `demo-${host.clock.wallMs().toString(36)}-${host.identity.pid}`,
    howToMakeTopic: `On a cluster of \`npm run cluster\` this makes it: npm run cluster -- topic ${topic} --partitions 8`,
    prepare: async () => {
      const proxied = await proxiedZooKeeper(config.clusters[config.defaultCluster]!, host.clock);
      const clusters = { [config.defaultCluster]: proxied.config };
      return { config: { ...config, clusters }, linkOf: () => proxied.link };
    },
  };
}
