import type { Place } from './mistakes.js';
import type { Target, WrittenTarget } from './targets.js';
import type { DurationRange } from './values.js';

/** A script, read and checked: every default is filled in, and everything that it names is there. */
export interface Script {
  /** The question that it answers. */
  readonly title: string;
  /** Load and faults last so long; then everything is taken back, and the groups are drained. */
  readonly durationMs: number;
  readonly cluster: StartedCluster | GivenCluster;
  /** One or more implementations. Their processes are numbered from 1 through all of them. */
  readonly daemons: readonly DaemonKind[];
  readonly topics: readonly ScriptTopic[];
  readonly workload: OwnWorkload | CommandWorkload;
  /** Those with a time of their own, in the order of their times. */
  readonly faults: readonly TimelineFault[];
  readonly random: RandomFaults | undefined;
  readonly expect: Expectations;
}

export interface StartedCluster {
  readonly type: 'started';
  readonly kafkaVersion: string;
  readonly brokers: number;
  /** Replicas of each partition. */
  readonly replication: number;
  readonly minInSync: number;
}

/** Somebody else's: none of its processes is touched. */
export interface GivenCluster {
  readonly type: 'given';
  /** Each `host:port`. */
  readonly kafkaPeers: readonly string[];
  readonly zookeeperPeers: readonly string[];
}

export type ConfigTree = { readonly [key: string]: ConfigTree | ConfigValue };
export type ConfigValue = string | number | boolean | readonly string[];

export interface DaemonKind {
  readonly name: string;
  /** The first and the last of its processes. */
  readonly from: number;
  readonly to: number;
  /** Arguments with `{address}`, `{config}` and the like in place; `undefined`: this product. */
  readonly command: readonly string[] | undefined;
  /** Keys of one proxy, as a configuration file has them, to be laid over those that the run sets. */
  readonly config: ConfigTree;
  /** What the configuration makes of these, defaults included. */
  readonly timing: DaemonTiming;
}

export interface DaemonTiming {
  readonly sessionTimeoutMs: number;
  readonly commitIntervalMs: number;
  readonly ackTimeoutMs: number;
  readonly longPollingTimeoutMs: number;
  readonly syncTimeoutMs: number;
}

export interface ScriptTopic {
  readonly name: string;
  readonly partitions: number;
}

export interface OwnWorkload {
  readonly type: 'own';
  readonly produce: readonly ProducerLoad[];
  readonly consume: readonly ConsumerLoad[];
}

export interface ProducerLoad {
  readonly topic: string;
  readonly clients: number;
  /** Of all clients together. */
  readonly messagesPerSecond: number;
  /** 0 to 1. */
  readonly syncShare: number;
  readonly keys: number;
  readonly messageBytes: number;
  /** The name of a kind; `undefined`: every daemon. */
  readonly daemons: string | undefined;
}

export interface ConsumerLoad {
  readonly group: string;
  readonly topics: readonly string[];
  readonly ack: 'auto' | 'later';
  /** 0 to 1: acknowledged after the time that there is for it. */
  readonly lateShare: number;
  /** 0 to 1: not acknowledged as long as there is load. */
  readonly neverShare: number;
  /** At each daemon. */
  readonly clients: number;
  readonly daemons: string | undefined;
}

/** A program that produces and consumes by itself; its exit code is part of the verdict. */
export interface CommandWorkload {
  readonly type: 'command';
  readonly command: readonly string[];
}

/** The environment variable in which a `CommandWorkload` finds the daemons: `host:port`, comma-separated. */
export const daemonsVariable = 'PIXY_DAEMONS';

export type FaultAction =
  | { readonly kind: 'kill' | 'freeze' | 'restart' | 'cut' | 'halfOpen' | 'expireSession' | 'crash' | 'slow' | 'full' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number };
export type FaultKind = FaultAction['kind'];

export interface TimelineFault {
  readonly atMs: number;
  /** Until it is taken back; 0: it happens at once. */
  readonly forMs: number;
  readonly fault: FaultAction;
  readonly target: Target;
}

/** A fault as it is written, before its targets are counted out. */
export interface WrittenFault {
  readonly at: Place;
  readonly fault: FaultAction;
  readonly target: WrittenTarget;
  /** `undefined`: until the end. */
  readonly for: DurationRange | undefined;
}

/** One of `of` in each slot of `everyMs`, at a time in it that the seed chooses. */
export interface RandomFaults {
  readonly seed: number;
  readonly everyMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly of: readonly WrittenFault[];
}

/** What is checked of every run, by name: all that a script can leave out. */
export const checkNames = [
  'lost',
  'refused and written',
  'duplicate',
  'reordered',
  'skip',
  'unseen',
  'nonmonotonic',
  'double owner',
  'committed past unacked',
  'ack refused',
  'never settled',
  'back in time',
  'unclean end',
  'defect in the log',
  'workload failed',
  'fault not done',
] as const;
export type CheckName = (typeof checkNames)[number];

export interface Expectations {
  /** From when a broker, ZooKeeper, a link or a daemon is back, or a session has expired, until all partitions are consumed. */
  readonly backWithinMs: number;
  /** From when a daemon was killed or frozen until others consume its partitions. */
  readonly takeoverWithinMs: number;
  readonly leaveOut: readonly CheckName[];
  /** What is asked for less than usual, in sentences for the report. */
  readonly relaxed: readonly string[];
}
