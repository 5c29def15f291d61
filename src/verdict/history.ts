/**
 * What a run wrote down, simulated or real, and all that its checkers look at. Times are milliseconds of one monotonic clock:
 * the virtual one, or that of the process that ran the clients.
 *
 * The words are Jepsen's. A *post* is one try of a client to have a message written; a message that is posted again after an
 * answer that said nothing certain keeps its key and its sequence number and gets a post of its own.
 */

/** How a group acknowledges: when the answer is handed over, or by requests of its clients. */
export type AckMode = 'auto' | 'later';

export interface TopicPartitionName {
  readonly topic: string;
  readonly partition: number;
}

export interface Post {
  /** Of its own for each try; the value that was posted holds it. */
  readonly id: number;
  readonly client: string;
  readonly daemon: string;
  readonly topic: string;
  readonly key: string;
  /** Counts up within a key of one client; a message keeps its number however often it is tried. */
  readonly sequence: number;
  readonly sync: boolean;
  readonly sentMs: number;
  /** `undefined`: never. */
  readonly answeredMs: number | undefined;
  /**
   * `written`: a sync post was answered with its place. `accepted`: an async one was answered. `refused`: the answer says that
   * nothing was written. `unknown`: the answer says that this is not known, or there was none.
   */
  readonly outcome: 'written' | 'accepted' | 'refused' | 'unknown';
  /** What the answer said, or how it failed. */
  readonly detail: string;
  readonly partition?: number;
  readonly offset?: number;
}

/** One message in an answer to one client. */
export interface Delivery extends TopicPartitionName {
  readonly group: string;
  readonly mode: AckMode;
  readonly offset: number;
  /** The post that wrote it. */
  readonly post: number;
  readonly daemon: string;
  readonly client: string;
  readonly askedMs: number;
  /** When the daemon had handed the answer to its operating system; in a real run, when the client had read it. */
  readonly handedMs: number;
  /** False: the client had gone before it could read it. */
  readonly received: boolean;
}

/** A client's word that it has dealt with a message. */
export interface Ack extends TopicPartitionName {
  readonly group: string;
  readonly offset: number;
  readonly daemon: string;
  readonly sentMs: number;
  readonly answeredMs: number | undefined;
  readonly outcome: 'noted' | 'refused' | 'unknown';
  readonly detail: string;
}

/** A record as it lies in the log at the end. */
export interface LogEntry extends TopicPartitionName {
  readonly offset: number;
  readonly post: number;
}

/** What a daemon had a broker commit; of a real run, what was seen to stand there at some moment, and in the end. */
export interface Commit extends TopicPartitionName {
  readonly group: string;
  readonly atMs: number;
  /** `undefined`: whoever it was. */
  readonly daemon: string | undefined;
  readonly offset: number;
  /** Offsets above it that are acknowledged as well: `from` is, `to` is not. */
  readonly acked: readonly (readonly [from: number, to: number])[];
  /** When the answer came that said so. `undefined`: it did not, or none came, and it may stand all the same. */
  readonly takenMs: number | undefined;
}

/** Messages that a new leader did not have, so that they are gone and their offsets are given again; simulated runs only. */
export interface Truncation extends TopicPartitionName {
  readonly atMs: number;
  readonly fromOffset: number;
  /** The first that had not been given to any message. */
  readonly toOffset: number;
  /** Below it, brokers had said that all in-sync replicas have it, of which there were few. */
  readonly acknowledgedOffset: number;
  /** Posts that wrote them, from `fromOffset` on. */
  readonly posts: readonly number[];
}

/** One time of a daemon's owning a partition, from the claim to the end of it; simulated runs only. */
export interface Tenure extends TopicPartitionName {
  readonly group: string;
  readonly daemon: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** `released`: committed and let go. `lost`: with its session or its claim. `crashed`: the actor. `killed`: the process. */
  readonly end: 'released' | 'lost' | 'crashed' | 'killed' | 'holds';
}

/** Who owned which partitions of a topic, as ZooKeeper had it at some moment between the two times; real runs only. */
export interface ClaimSample {
  readonly group: string;
  readonly topic: string;
  readonly askedMs: number;
  readonly answeredMs: number;
  /** Partition -> daemon; what nobody owned is missing. A member that is none of the run's daemons has its own id here. */
  readonly owners: ReadonlyMap<number, string>;
}

/** A request to consume whose connection ended before an answer came, or whose answer came in pieces. */
export interface LostAnswer {
  readonly group: string;
  readonly topic: string;
  readonly daemon: string;
  readonly client: string;
  readonly askedMs: number;
  readonly endedMs: number;
  /**
   * A message may have been handed over with it and never arrived, as in a real run, which sees answers from the clients' side.
   * False: none was; one that was meant for it came back.
   */
  readonly mayHold: boolean;
}

/** Somebody set a group's position, by the API: what was known of it before counts no more. */
export interface PositionSet extends TopicPartitionName {
  readonly group: string;
  readonly offset: number;
  readonly sentMs: number;
  readonly answeredMs: number | undefined;
}

/**
 * What a daemon may lose by a fault, or cannot do while it lasts: all that checkers know of it.
 *
 * - `memory`: what it had accepted and not written is gone.
 * - `commits`: it cannot commit, though it may trust its session.
 * - `lease`: it may hand over a message under a claim that is over, as long as its lease runs or for one answer.
 * - `claims`: they may end before it has committed. Where tenures are known, these say so better.
 * - `answers`: what it handed over to its operating system may not come to its client.
 */
export type FaultCost = 'memory' | 'commits' | 'lease' | 'claims' | 'answers';

/** Something that was done to the world. */
export interface FaultRecord {
  /** As the plan or the script names it. */
  readonly kind: string;
  /** In words: what, and whom it struck. */
  readonly text: string;
  /** The one that it struck, as posts and deliveries name it; `undefined`: every daemon. */
  readonly daemon: string | undefined;
  readonly costs: readonly FaultCost[];
  readonly fromMs: number;
  /** When it was taken back; the same for what happens at once. */
  readonly toMs: number;
}

/** A request that was answered later than its own deadline allows, or never. */
export interface Hang {
  readonly client: string;
  readonly daemon: string;
  readonly request: string;
  readonly sentMs: number;
  /** `undefined`: never. */
  readonly answeredMs: number | undefined;
}

/** Something that must never be was seen while the run went on. */
export interface Breach {
  readonly atMs: number;
  readonly invariant: string;
  readonly text: string;
}

export interface History {
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
  readonly groups: readonly { readonly name: string; readonly mode: AckMode; readonly topics: readonly string[] }[];
  readonly posts: readonly Post[];
  readonly deliveries: readonly Delivery[];
  readonly acks: readonly Ack[];
  readonly log: readonly LogEntry[];
  readonly commits: readonly Commit[];
  readonly tenures: readonly Tenure[];
  readonly claims: readonly ClaimSample[];
  readonly lostAnswers: readonly LostAnswer[];
  readonly positionsSet: readonly PositionSet[];
  readonly truncations: readonly Truncation[];
  readonly faults: readonly FaultRecord[];
  readonly hangs: readonly Hang[];
  readonly breaches: readonly Breach[];
  /** When the last fault was taken back, and the final drain of every group began. */
  readonly recoveryMs: number;
  readonly endMs: number;
}

/** What the checkers must know of the configuration. */
export interface HistoryTiming {
  readonly sessionTimeoutMs: number;
  readonly commitIntervalMs: number;
  /** How long a client has to acknowledge what it got before it comes again. */
  readonly ackTimeoutMs: number;
  /** How far apart the moments lie at which a daemon did something and at which we saw it; 0 in a simulation. */
  readonly slackMs: number;
}

/** A broken guarantee. */
export interface Violation {
  /** Of the list of checks. */
  readonly check: string;
  readonly text: string;
  /** When it came to be, as near as is known. */
  readonly atMs: number;
}

/** What a check finds: what may not be, and what may by the rules. */
export interface Explained {
  readonly violations: readonly Violation[];
  /** Explanation -> how many. */
  readonly explained: ReadonlyMap<string, number>;
}
