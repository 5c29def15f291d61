import type { Config } from '../config/config.js';
import { Pace } from './rebalance-demo/pace.js';
import { embeddedPlace, realPlace } from './rebalance-demo/place.js';
import { runRebalanceDemo, type RebalanceDemoOptions } from './rebalance-demo/run.js';
import { rebalanceSteps, type StepTimes } from './rebalance-demo/steps.js';

export { DemoFailure } from './rebalance-demo/failure.js';
export type { DemoInspector } from './rebalance-demo/run.js';
export type { DemoTerminal } from './rebalance-demo/terminal.js';

/** Short enough to wait for, and long enough to be watched. */
const standardTimes: StepTimes = { sessionTimeoutMs: 5000, subscriptionTimeoutMs: 6000 };
const longPollingTimeoutMs = 1000;
const drainTimeoutMs = 5000;
const standardTopic = 'demo-rebalance';

export interface RebalanceDemo extends Pick<RebalanceDemoOptions, 'host' | 'terminal' | 'log' | 'openPage'> {
  /** As for a daemon; where the brokers and ZooKeeper are, and the flags of the connection to them. */
  readonly config: Config;
  /** Those of the configuration instead of embedded ones. */
  readonly real: boolean;
  readonly topic?: string;
  /** It goes on by itself after so long; it does in any case where nobody can press a key. */
  readonly autoMs?: number;
  /** Aborted when the process is told to end. */
  readonly ended: AbortSignal;
  /** Not given: as a person would like them. */
  readonly times?: StepTimes;
}

const pauseMs = 5000;

/**
 * Shows how a group rebalances, with three daemons. On a terminal it stays after the last step, to be looked at; elsewhere it
 */
export async function demoRebalance(options: RebalanceDemo): Promise<void> {
  const { host, terminal, log, openPage, real, topic = standardTopic, ended, times = standardTimes } = options;
  const autoMs = options.autoMs ?? (terminal.onKey ? undefined : pauseMs);
  const pace = new Pace({ clock: host.clock, terminal, ...(autoMs !== undefined && { autoMs }) });
  ended.addEventListener('abort', () => pace.quit());
  if (ended.aborted) return;
  const config = demoConfig(options.config, times);
  await runRebalanceDemo({
    place: real ? realPlace(config, topic, host) : embeddedPlace(config, topic, host),
    steps: rebalanceSteps(times),
    host,
    log,
    terminal,
    pace,
    openPage,
    staysAtEnd: terminal.onKey !== undefined,
  });
}

/** One HTTP listener on a free port of this machine and no other, and times as short as a person's patience. */
function demoConfig(config: Config, { sessionTimeoutMs, subscriptionTimeoutMs }: StepTimes): Config {
  const cluster = config.clusters[config.defaultCluster]!;
  const quicker = {
    ...cluster,
    zookeeper: { ...cluster.zookeeper, sessionTimeoutMs },
    consumer: { ...cluster.consumer, longPollingTimeoutMs, subscriptionTimeoutMs },
  };
  return {
    ...config,
    tcpAddr: '127.0.0.1:0',
    grpcAddr: '',
    unixAddr: '',
    inspectAddr: '',
    drainTimeoutMs,
    clusters: { [config.defaultCluster]: quicker },
  };
}
