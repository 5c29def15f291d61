import type { BrokerErrorName, BrokerId } from '../kafka/port.js';
import type { KafkaCluster } from './kafka-cluster.js';
import type { EmbeddedKafka } from './kafka-client.js';
import type { KafkaLinks } from './kafka-links.js';
import type { RequestFaults, RequestMatch } from './request-faults.js';
import type { ZooKeeperServer } from './zookeeper-server.js';

/** What can go wrong with Kafka. Each call takes effect at once and lasts until it is taken back or used up. */
export interface KafkaFaults {
  /** Its connections are lost with all that was on its way; another in-sync replica leads what it led, or nobody does. */
  brokerDown(broker: BrokerId): void;
  brokerUp(broker: BrokerId): void;
  /** The broker thinks for so long before it does what it is asked. 0: not at all, as in the beginning. */
  brokerSlow(broker: BrokerId, delayMs: number): void;
  /** It takes connections and requests, and does nothing; after a time others lead what it led. */
  brokerFrozen(broker: BrokerId): void;
  /** It does all at once what it was asked for meanwhile. */
  brokerThawed(broker: BrokerId): void;
  /** An election. -1: nobody leads. Throws `RangeError` for a broker that is down or not in sync. */
  leaderMoved(topic: string, partition: number, leader: BrokerId): void;
  /**
   * A follower fetches nothing more: what is written from now on waits for it, until it has lacked something for
   * `replicaLagMaxMs` and is not in sync any more. Nothing is done where it leads.
   */
  replicaStuck(topic: string, partition: number, replica: BrokerId): void;
  /** It fetches again, and is in sync at once. */
  replicaFollows(topic: string, partition: number, replica: BrokerId): void;
  /** A replica leads that need not be in sync; what its log lacks is gone, and told by `truncations`. */
  uncleanElection(topic: string, partition: number, leader: BrokerId): void;
  /** All connections of this client are lost, once, with what is on its way over them. */
  connectionsCut(client: string): void;
  /** Nothing that this client sends or is sent arrives, and nobody hangs up. */
  connectionsHalfOpen(client: string): void;
  /** What still waits for it arrives. */
  connectionsHealed(client: string): void;
  /** Each request of this client takes so much longer to arrive. 0: not at all, as in the beginning. */
  connectionsSlow(client: string, delayMs: number): void;
  /** The next `times` requests that match never arrive; the caller sees `connection-lost`. */
  requestLost(match: RequestMatch, times?: number): void;
  /** The next `times` requests that match are carried out, but the caller sees `connection-lost`. */
  replyLost(match: RequestMatch, times?: number): void;
  /** The next `times` requests that match are answered with this error and not carried out. */
  requestRefused(match: RequestMatch, error: BrokerErrorName, times?: number): void;
  /** Takes back what is left of lost and refused requests. */
  clearRequests(): void;
}

/** What can go wrong with ZooKeeper. */
export interface ZooKeeperFaults {
  /** Every connection is lost; sessions outlive it, with their whole timeout from when the server is up again. */
  serverDown(): void;
  serverUp(): void;
  /** It takes connections and requests, and does nothing; no session expires. */
  serverFrozen(): void;
  /** It does all at once what it was asked for meanwhile; every session has its whole timeout from now on. */
  serverThawed(): void;
  /** Half-open: nothing that this client sends or is sent arrives, and nobody hangs up. The server will expire its sessions. */
  clientCut(client: string): void;
  clientHealed(client: string): void;
  /** The server ends this session now; its client learns it when it comes back. */
  sessionExpired(sessionId: string): void;
  /** Watch events of changes from now on come so much later. 0: at once, as in the beginning. */
  watchesLate(delayMs: number): void;
}

export interface Faults {
  readonly kafka: KafkaFaults;
  readonly zookeeper: ZooKeeperFaults;
  /**
   * A process dies: its connections vanish, and its ZooKeeper sessions live until they time out. It hears no event and no
   * watch any more; its calls are rejected (`aborted`, `session-ended`). A client may be started anew under its name.
   */
  clientKilled(client: string): void;
}

export interface FaultyWorld {
  readonly cluster: KafkaCluster;
  readonly server: ZooKeeperServer;
  readonly requests: RequestFaults;
  readonly links: KafkaLinks;
  /** The Kafka clients of all processes. */
  readonly kafkas: Iterable<EmbeddedKafka>;
  kill(client: string): void;
}

export function createFaults(world: FaultyWorld): Faults {
  const { server, kill } = world;
  return {
    kafka: { ...brokerFaults(world), ...connectionFaults(world), ...requestFaults(world) },
    zookeeper: {
      serverDown: () => server.down(),
      serverUp: () => server.comeUp(),
      serverFrozen: () => server.freeze(),
      serverThawed: () => server.thaw(),
      clientCut: (client) => server.cut(client),
      clientHealed: (client) => server.heal(client),
      sessionExpired: (sessionId) => server.expire(sessionId),
      watchesLate: (delayMs) => void (server.watchDelayMs = delayMs),
    },
    clientKilled: kill,
  };
}

function brokerFaults({ cluster, kafkas }: FaultyWorld) {
  const { controller } = cluster;
  return {
    brokerDown: (id: BrokerId): void => {
      const broker = cluster.broker(id);
      controller.brokerDown(broker);
      for (const kafka of [...kafkas]) kafka.brokerLost(broker);
    },
    brokerUp: (id: BrokerId): void => controller.brokerUp(cluster.broker(id)),
    brokerSlow: (id: BrokerId, delayMs: number): void => void (cluster.broker(id).delayMs = delayMs),
    brokerFrozen: (id: BrokerId): void => {
      const broker = cluster.broker(id);
      controller.freeze(broker);
      for (const kafka of kafkas) kafka.watchDeadlines(broker);
    },
    brokerThawed: (id: BrokerId): void => controller.thaw(cluster.broker(id)),
    leaderMoved: (topic: string, partition: number, leader: BrokerId): void =>
      controller.moveLeader(cluster.partition(topic, partition), leader),
    replicaStuck: (topic: string, partition: number, replica: BrokerId): void =>
      controller.stick(cluster.partition(topic, partition), replica),
    replicaFollows: (topic: string, partition: number, replica: BrokerId): void =>
      controller.unstick(cluster.partition(topic, partition), replica),
    uncleanElection: (topic: string, partition: number, leader: BrokerId): void =>
      controller.electUncleanly(cluster.partition(topic, partition), leader),
  };
}

function connectionFaults({ kafkas, links }: FaultyWorld) {
  const of = (client: string) => [...kafkas].filter((kafka) => kafka.client === client);
  return {
    connectionsCut: (client: string): void => of(client).forEach((kafka) => kafka.cut()),
    connectionsHalfOpen: (client: string): void => {
      links.halfOpen(client);
      for (const kafka of of(client)) kafka.watchDeadlines();
    },
    connectionsHealed: (client: string): void => links.heal(client),
    connectionsSlow: (client: string, delayMs: number): void => links.slow(client, delayMs),
  };
}

function requestFaults({ requests }: FaultyWorld) {
  return {
    requestLost: (match: RequestMatch, times = 1): void => requests.add(match, { type: 'request-lost' }, times),
    replyLost: (match: RequestMatch, times = 1): void => requests.add(match, { type: 'reply-lost' }, times),
    requestRefused: (match: RequestMatch, error: BrokerErrorName, times = 1): void =>
      requests.add(match, { type: 'refused', error }, times),
    clearRequests: (): void => requests.clear(),
  };
}
