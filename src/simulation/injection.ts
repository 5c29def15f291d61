import type { Address } from '../actors/bus/types.js';
import type { EmbeddedWorld } from '../embedded/world.js';
import type { PartitionMetadata } from '../kafka/port.js';
import type { SimulatedClient } from './client.js';
import type { SimulatedDaemon } from './daemon.js';
import type { Fault } from './faults.js';

/** What faults are done to. Daemons and clients are counted from 0 here. */
export interface FaultySimulation {
  readonly world: EmbeddedWorld;
  readonly clients: readonly SimulatedClient[];
  daemon(at: number): SimulatedDaemon | undefined;
  start(at: number): void;
  kill(at: number): void;
  stop(at: number): void;
}

/** Does it; returns how it is taken back. `undefined`: there was nothing that it could have been done to. */
export function inject(simulation: FaultySimulation, fault: Fault): (() => void) | undefined {
  const { world, clients } = simulation;
  const { kafka, zookeeper } = world.faults;
  switch (fault.kind) {
    case 'broker-down':
      kafka.brokerDown(fault.broker);
      return () => kafka.brokerUp(fault.broker);
    case 'broker-slow':
      kafka.brokerSlow(fault.broker, fault.delayMs);
      return () => kafka.brokerSlow(fault.broker, 0);
    case 'broker-frozen':
      kafka.brokerFrozen(fault.broker);
      return () => kafka.brokerThawed(fault.broker);
    case 'in-sync-shrunk':
    case 'unclean-election':
      return injectIntoReplicas(world, fault);
    case 'leader-moved':
      try {
        kafka.leaderMoved(fault.topic, fault.partition, fault.broker);
      } catch {
        // That broker is down or out of sync just now: nobody would elect it.
        return undefined;
      }
      return () => {};
    case 'request-lost':
      kafka.requestLost({ api: fault.api }, fault.times);
      return () => kafka.clearRequests();
    case 'reply-lost':
      kafka.replyLost({ api: fault.api }, fault.times);
      return () => kafka.clearRequests();
    case 'request-refused':
      kafka.requestRefused({ api: fault.api }, fault.error, fault.times);
      return () => kafka.clearRequests();
    case 'zookeeper-down':
      zookeeper.serverDown();
      return () => zookeeper.serverUp();
    case 'zookeeper-frozen':
      zookeeper.serverFrozen();
      return () => zookeeper.serverThawed();
    case 'watches-late':
      zookeeper.watchesLate(fault.delayMs);
      return () => zookeeper.watchesLate(0);
    case 'client-gone':
      clients[(fault.client - 1) % clients.length]!.vanish();
      return () => {};
    case 'client-slow': {
      const client = clients[(fault.client - 1) % clients.length]!;
      client.slow = true;
      return () => (client.slow = false);
    }
    case 'client-storm': {
      const client = clients[(fault.client - 1) % clients.length]!;
      client.stormy = true;
      return () => (client.stormy = false);
    }
    case 'session-expired':
    case 'connections-cut':
    case 'connections-half-open':
    case 'connections-slow':
    case 'clock-jumped':
    case 'timers-late':
    case 'zookeeper-cut':
    case 'daemon-killed':
    case 'daemon-stopped':
    case 'daemon-paused':
    case 'actor-crashed':
    case 'actor-slow':
    case 'mailbox-full':
      return injectIntoDaemon(simulation, fault);
  }
}

function injectIntoReplicas(
  { faults: { kafka }, describe }: EmbeddedWorld,
  fault: Extract<Fault, { kind: 'in-sync-shrunk' | 'unclean-election' }>,
): () => void {
  const { topic } = fault;
  const { partitions } = describe().kafka.topics.find((each) => each.topic === topic)!;
  const followersOf = ({ replicas, leader }: PartitionMetadata) => replicas.filter((replica) => replica !== leader);
  const count = fault.kind === 'in-sync-shrunk' ? fault.followers : 1;
  const stuck = partitions.flatMap((each) =>
    followersOf(each)
      .slice(0, count)
      .map((replica) => ({ partition: each.partition, replica })),
  );
  for (const { partition, replica } of stuck) kafka.replicaStuck(topic, partition, replica);
  return () => {
    for (const { partition, replica } of stuck) {
      // It may be down by now, and then nobody elects it.
      const { brokers } = describe().kafka;
      if (fault.kind === 'unclean-election' && brokers.find(({ id }) => id === replica)!.member)
        kafka.uncleanElection(topic, partition, replica);
      kafka.replicaFollows(topic, partition, replica);
    }
  };
}

type DaemonFault = Extract<Fault, { daemon: number }>;

function injectIntoDaemon(simulation: FaultySimulation, fault: DaemonFault): (() => void) | undefined {
  const at = fault.daemon - 1;
  const daemon = simulation.daemon(at);
  if (!daemon) return undefined;
  const { kafka, zookeeper } = simulation.world.faults;
  const { memberId } = daemon;
  switch (fault.kind) {
    case 'connections-cut':
      kafka.connectionsCut(memberId);
      return () => {};
    case 'connections-half-open':
      kafka.connectionsHalfOpen(memberId);
      return () => kafka.connectionsHealed(memberId);
    case 'connections-slow':
      kafka.connectionsSlow(memberId, fault.delayMs);
      return () => kafka.connectionsSlow(memberId, 0);
    case 'clock-jumped':
      daemon.jumpClock(fault.byMs);
      return () => daemon.jumpClock(-fault.byMs);
    case 'timers-late':
      daemon.timersLateMsMax = fault.lateMsMax;
      return () => (daemon.timersLateMsMax = 0);
    case 'session-expired': {
      const { sessions } = simulation.world.describe().zookeeper;
      const session = sessions.find(({ client }) => client === memberId);
      if (!session) return undefined;
      zookeeper.sessionExpired(session.id);
      return () => {};
    }
    case 'zookeeper-cut':
      zookeeper.clientCut(memberId);
      return () => zookeeper.clientHealed(memberId);
    case 'daemon-killed':
      simulation.kill(at);
      return () => simulation.start(at);
    case 'daemon-stopped':
      simulation.stop(at);
      return () => simulation.start(at);
    case 'daemon-paused':
      daemon.pause();
      return () => daemon.resume();
    case 'actor-crashed':
    case 'actor-slow':
    case 'mailbox-full':
      return injectIntoActor(daemon, fault);
  }
}

function injectIntoActor(
  { bus }: SimulatedDaemon,
  fault: Extract<Fault, { kind: 'actor-crashed' | 'actor-slow' | 'mailbox-full' }>,
): (() => void) | undefined {
  // Not the daemon itself: what follows from its crash is the end of the process, which is a fault of its own.
  const addresses = bus
    .actors()
    .map(({ address }) => address)
    .filter((address) => address !== '')
    .sort();
  const address = addresses[fault.nth % addresses.length];
  if (address === undefined) return undefined;
  const forMs = 3000;
  const kind = { 'actor-crashed': 'crash', 'actor-slow': 'slow', 'mailbox-full': 'mailbox-full' }[fault.kind] as
    'crash' | 'slow' | 'mailbox-full';
  bus.injectFault(address as Address<never>, kind === 'crash' ? { kind } : { kind, forMs });
  return () => {};
}
