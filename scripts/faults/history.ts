/**
 * What a fault run writes down, and all that its checkers look at. Times are milliseconds of one monotonic clock, that of
 * the process that runs the clients.
 */

/** Name of one daemon process: `d1`, `d2` …; a replacement gets a name of its own. */
export type DaemonName = string;

/** One try to post a message. Each try has a number of its own, which is part of what is written. */
export interface Attempt {
  readonly id: number;
  readonly daemon: DaemonName;
  readonly key: string;
  /** Counts up within a key; a message keeps its number however often it is tried. */
  readonly sequence: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  /** `unknown`: the connection was cut, nothing came in time, or the answer said so. */
  readonly outcome: 'acknowledged' | 'refused' | 'unknown';
  /** What the answer said, or how it failed. */
  readonly detail: string;
  /** Where it was written, when it was acknowledged. */
  readonly partition?: number;
  readonly offset?: number;
}

/**
 * The two groups that consume everything, by how they acknowledge: `auto`, when the answer is handed out; `later`, by
 * requests of the clients' own, or never.
 */
export type GroupKind = 'auto' | 'later';

/** One message that a client received. */
export interface Delivery {
  readonly group: GroupKind;
  readonly daemon: DaemonName;
  /** One client asks one daemon, one request at a time. */
  readonly client: string;
  readonly partition: number;
  readonly offset: number;
  readonly attempt: number;
  /** When the try that wrote it was sent. */
  readonly writtenMs: number;
  readonly askedMs: number;
  readonly receivedMs: number;
}

/** A client's word, in the group `later`, that it has dealt with a message. */
export interface Ack {
  /** The one that had delivered it. */
  readonly daemon: DaemonName;
  readonly partition: number;
  readonly offset: number;
  /** When the message had come. */
  readonly receivedMs: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  /** `unknown`: the connection was cut, or it went along with a request to consume, whose answer says nothing of it. */
  readonly outcome: 'noted' | 'refused' | 'unknown';
  readonly detail: string;
}

/** A record as it lies in the log. */
export interface LogEntry {
  readonly partition: number;
  readonly offset: number;
  readonly attempt: number;
}

/** Who owned which partition, as ZooKeeper had it at some moment between the two times. */
export interface ClaimSample {
  readonly group: GroupKind;
  readonly askedMs: number;
  readonly answeredMs: number;
  /** By partition; a partition that nobody owned is missing. */
  readonly owners: ReadonlyMap<number, DaemonName>;
}

export const faultTitles = {
  'broker-killed': 'broker killed -9, restarted',
  'broker-frozen': 'broker frozen until its answers are given up, thawed',
  'zookeeper-bounced': 'ZooKeeper killed, restarted at once',
  'zookeeper-gone': 'ZooKeeper killed, restarted after two sessions',
  'daemon-frozen': 'daemon frozen beyond its session, thawed',
  'daemon-killed': 'daemon killed -9, replaced',
  'daemon-stopped': 'daemon told to stop under load, replaced',
  'offsets-set': 'offsets set back under load, by another daemon',
  'session-lost': 'session lost without a fault of ours',
} as const;

export type FaultName = keyof typeof faultTitles;

export interface Fault {
  readonly name: FaultName;
  /** The daemon that it struck; the others strike every daemon. */
  readonly daemon?: DaemonName;
  readonly startMs: number;
  /** When what was struck was back: the server answered, the daemon was thawed, its replacement was ready, the offsets were set. */
  readonly backMs: number;
  /** When every partition was owned and every daemon delivered what was written after `backMs`. */
  readonly recoveredMs: number;
  /** Of `offsets-set`: from where which group was told to go on. */
  readonly positions?: readonly SetPosition[];
}

export interface SetPosition {
  readonly group: GroupKind;
  readonly partition: number;
  readonly offset: number;
}

/** How a daemon process ended. */
export interface DaemonEnd {
  readonly daemon: DaemonName;
  /** `told`: by SIGTERM; `killed`: by our SIGKILL; `by-itself`: a crash. */
  readonly how: 'told' | 'killed' | 'by-itself';
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** From the signal to the end. */
  readonly tookMs: number;
  /** It was still there when its bound was over, and was killed. */
  readonly overdue: boolean;
}

/** A request that was answered too late, or not at all, by a daemon that was neither frozen nor killed meanwhile. */
export interface Hang {
  readonly daemon: DaemonName;
  readonly request: string;
  readonly sentMs: number;
  readonly tookMs: number;
}

/** Async posts: what a daemon accepted, by the number of the post. */
export interface Accepted {
  readonly daemon: DaemonName;
  readonly id: number;
}

export interface History {
  readonly partitions: number;
  /** When all daemons were told to stop, at the end. */
  readonly endMs: number;
  readonly attempts: readonly Attempt[];
  readonly deliveries: readonly Delivery[];
  readonly acks: readonly Ack[];
  /** Of the topic of sync posts, everything, by partition and offset. */
  readonly log: readonly LogEntry[];
  readonly claims: readonly ClaimSample[];
  readonly faults: readonly Fault[];
  readonly ends: readonly DaemonEnd[];
  readonly hangs: readonly Hang[];
  readonly accepted: readonly Accepted[];
  /** Of the topic of async posts, everything, by partition and offset; the try is the number of the post. */
  readonly acceptedLog: readonly LogEntry[];
  /** Log lines that tell of a defect: an actor that threw, a request that failed inside. */
  readonly defects: readonly { readonly daemon: DaemonName; readonly line: string }[];
  /** Steps of the run that did not come to their end within their bound. */
  readonly stuck: readonly string[];
}

/** What the checkers must know of the configuration. */
export interface Timing {
  readonly sessionTimeoutMs: number;
  readonly commitIntervalMs: number;
  /** For a client's acknowledgement; then the message comes again. */
  readonly ackTimeoutMs: number;
  /** How long a daemon that is told to stop may take. */
  readonly drainTimeoutMs: number;
  /** How far apart the moments lie at which a daemon did something and at which we saw it. */
  readonly slackMs: number;
}

/** A broken guarantee. */
export interface Violation {
  readonly check: string;
  readonly text: string;
}
