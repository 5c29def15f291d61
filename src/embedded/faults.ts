import type { BrokerErrorName, BrokerId } from '../kafka/port.js';
import type { KafkaCluster } from './kafka-cluster.js';
import type { EmbeddedKafka } from './kafka-client.js';
import type { RequestFaults, RequestMatch } from './request-faults.js';
import type { ZooKeeperServer } from './zookeeper-server.js';

/** What can go wrong with Kafka. Each call takes effect at once and lasts until it is taken back or used up. */
export interface KafkaFaults {
  /** Its connections are lost with all that was on its way; another in-sync replica leads what it led, or nobody does. */
  brokerDown(broker: BrokerId): void;
  brokerUp(broker: BrokerId): void;
  /** The broker thinks for so long before it does what it is asked. 0: not at all, as in the beginning. */
  brokerSlow(broker: BrokerId, delayMs: number): void;
  /** An election. -1: nobody leads. */
  leaderMoved(topic: string, partition: number, leader: BrokerId): void;
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
  /** The Kafka clients of all processes. */
  readonly kafkas: Iterable<EmbeddedKafka>;
  kill(client: string): void;
}

export function createFaults({ cluster, server, requests, kafkas, kill }: FaultyWorld): Faults {
  return {
    kafka: {
      brokerDown: (id) => {
        cluster.brokerDown(id);
        for (const kafka of [...kafkas]) kafka.brokerLost(cluster.broker(id));
      },
      brokerUp: (id) => cluster.brokerUp(id),
      brokerSlow: (id, delayMs) => void (cluster.broker(id).delayMs = delayMs),
      leaderMoved: (topic, partition, leader) => cluster.moveLeader(topic, partition, leader),
      requestLost: (match, times = 1) => requests.add(match, { type: 'request-lost' }, times),
      replyLost: (match, times = 1) => requests.add(match, { type: 'reply-lost' }, times),
      requestRefused: (match, error, times = 1) => requests.add(match, { type: 'refused', error }, times),
      clearRequests: () => requests.clear(),
    },
    zookeeper: {
      serverDown: () => server.down(),
      serverUp: () => server.comeUp(),
      clientCut: (client) => server.cut(client),
      clientHealed: (client) => server.heal(client),
      sessionExpired: (sessionId) => server.expire(sessionId),
      watchesLate: (delayMs) => void (server.watchDelayMs = delayMs),
    },
    clientKilled: kill,
  };
}
