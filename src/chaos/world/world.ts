import type { FaultCost } from '../../verdict/history.js';
import type { DaemonKind, FaultAction } from '../script/script.js';
import type { Target } from '../script/targets.js';
import type { DaemonLife } from '../result.js';

/** Everything that a script breaks: a cluster, the daemons, and every link between them and to their clients. */
export interface ChaosWorld {
  /** `host:port`, comma-separated; past every link that can be struck, for who looks at what is there. */
  readonly kafkaPeers: string;
  readonly zookeeperPeers: string;
  /** By number, from 1. */
  readonly daemons: readonly ChaosDaemon[];
  /** A new topic on a cluster that was started; nothing where it is given. */
  createTopic(name: string, partitions: number): Promise<void>;
  /**
   * Does it, and resolves when it is done, with how it is taken back. What happens inside a daemon ends by itself, after
   * `forMs`; everything else lasts until it is taken back. @throws ChaosError, ClusterError: why it could not be done
   */
  strike(fault: FaultAction, target: Target, forMs: number): Promise<Struck>;
  /** Lines of the daemons' logs that tell of a defect of ours, or of the end of a session. */
  logLines(): Promise<readonly DaemonLogLine[]>;
  /** Every process that a daemon has had, those that run still not among them. */
  readonly lives: readonly DaemonLife[];
  /** Tells every daemon to stop, and waits for its end; kills those that take longer than they may. */
  stopDaemons(): Promise<void>;
  /** Leaves no process, port or file behind, but the folder of logs where it was asked for. Never rejects. */
  close(): Promise<void>;
}

export interface Struck {
  /** In words, as `describeFault` has them: what, and whom. */
  readonly text: string;
  /** As histories name it; `undefined`: every daemon. */
  readonly daemon: string | undefined;
  readonly costs: readonly FaultCost[];
  /** Resolves when what was struck is back: the server or daemon answers, the link passes. */
  takeBack(): Promise<void>;
}

export interface ChaosDaemon {
  readonly number: number;
  /** `daemon 1`: of all its processes. */
  readonly name: string;
  readonly kind: DaemonKind;
  /** Where clients reach it, over a link that can be struck: `host:port`, the same for all its processes. */
  readonly address: string;
  /** A process of it lives and has answered once; it may be frozen, or cut off. */
  readonly isUp: boolean;
  /** Frozen just now. */
  readonly isFrozen: boolean;
  /** What ZooKeeper knows its processes by, all that there were, where they call themselves as they are told. */
  readonly memberIds: readonly string[];
  /** The ZooKeeper sessions of its processes, all that there were, as `ephemeralOwner` has them. */
  readonly sessionIds: ReadonlySet<string>;
}

export interface DaemonLogLine {
  /** `daemon 1` */
  readonly daemon: string;
  /** Milliseconds since the Unix epoch. */
  readonly wallMs: number;
  /** `defect`: of level fatal, or error with something that was thrown. `session`: it noticed that its session is over. */
  readonly kind: 'defect' | 'session';
  readonly text: string;
}
