import type { Logger } from 'pino';
import { addressOf } from '../actors/addresses.js';
import { createBus } from '../actors/bus/bus.js';
import type { Bus, CrashReport } from '../actors/bus/types.js';
import { ByteBudget } from '../actors/byte-budget.js';
import type { ClusterServices } from '../actors/cluster-services.js';
import { daemonKind, type DrainRequest } from '../actors/daemon/daemon.js';
import type { ClusterConfig, Config } from '../config/config.js';
import type { Host } from '../host/host.js';
import { createHttpApp } from '../http/app.js';
import type { HttpEnvironment } from '../http/environment.js';
import type { Kafka } from '../kafka/port.js';
import type { ZooKeeper } from '../zookeeper/port.js';

export interface Ports {
  readonly kafka: Kafka;
  readonly zookeeper: ZooKeeper;
}

export interface AssemblyOptions {
  readonly config: Config;
  readonly host: Host;
  readonly log: Logger;
  /** In front of its addresses, in the log and for whoever watches; empty: nothing is. */
  readonly name: string;
  readonly memberIdOf: (config: ClusterConfig) => string;
  readonly portsOf: (cluster: string, config: ClusterConfig, memberId: string) => Ports;
  /** Where it listens, for its log. */
  readonly addresses: () => readonly string[];
  /** Of the drain timeout, what is kept for closing listeners, sessions and connections. */
  readonly endingMs: number;
  readonly faultsAllowed?: boolean;
  readonly onCrash?: (report: CrashReport) => string | undefined;
  readonly onFatal: (error: unknown) => void;
}

/** A daemon without a listener: its actors, and its HTTP handlers for whoever brings requests to them. */
export interface Assembly {
  readonly bus: Bus;
  readonly app: ReturnType<typeof createHttpApp>;
  readonly environment: HttpEnvironment;
  readonly budget: ByteBudget;
  readonly clusters: readonly ClusterServices[];
  /** Finishes what was accepted, and refuses the rest; takes at most the drain timeout. The actors live on. */
  settle(): Promise<void>;
  /** Ends every actor, then the connections to Kafka. */
  end(): Promise<void>;
}

/** Builds a daemon and starts its actors. It serves once it is told `listening`. */
export function assemble(options: AssemblyOptions): Assembly {
  const { config, host, log, name, memberIdOf, portsOf, endingMs, faultsAllowed = false, onCrash, onFatal } = options;
  const budget = new ByteBudget(config.memoryBudgetBytes);
  const clusters: ClusterServices[] = Object.entries(config.clusters).map(([cluster, clusterConfig]) => {
    const member = memberIdOf(clusterConfig);
    const ports = portsOf(cluster, clusterConfig, member);
    return { cluster, config: clusterConfig, budget, memberId: member, ...ports };
  });
  const { actorsMax } = config;
  const bus = createBus({ host, log, name, actorsMax, faultsAllowed, ...(onCrash && { onCrash }), onFatal });
  bus.spawn(daemonKind, addressOf.daemon(), {
    clusters,
    addresses: () => [...options.addresses()],
    drainTimeoutMs: config.drainTimeoutMs - endingMs,
    closeTimeoutMs: endingMs / 2,
  });
  const environment = { bus, config, log, budget: budget.share('request-bodies') };
  return {
    bus,
    app: createHttpApp(environment),
    environment,
    budget,
    clusters,
    async settle() {
      const request: DrainRequest = { type: 'drain' };
      await bus.ask(addressOf.daemon(), request, { deadlineMs: config.drainTimeoutMs });
    },
    async end() {
      await bus.close();
      await Promise.all(clusters.map(({ kafka }) => kafka.close()));
    },
  };
}
