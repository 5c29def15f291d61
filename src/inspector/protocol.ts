/**
 * What the inspector and its page say to each other, and what a recording holds. Both are one list of records in the order of
 * their happening: the page applies them to its picture of the world, live as they come or from a file as the slider moves.
 *
 * Plain JSON. Addresses are as displayed, with the daemon's name in front where several share a process. No payload and no
 * key of a message is in here, but for what a viewer asked to be revealed (`looked`).
 */

/** A page and a recording of another one do not understand each other. */
export const protocolVersion = 1;

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** As XState has it: the name of a state, or what each region or child is in. */
export type StateValue = string | { readonly [name: string]: StateValue };

/** Numbers worth showing of an actor; which ones a kind has is in `docs/INSPECTOR.md`. */
export type Load = Readonly<Record<string, string | number | boolean>>;

/** What an actor holds and has waiting; sampled while somebody looks. */
export interface ActorSample {
  readonly mailboxLength: number;
  readonly openAsks: number;
  readonly load: Load;
}

/** Everything the page knows of one actor. */
export interface ActorPicture extends ActorSample {
  readonly address: string;
  /** The machine's id. */
  readonly kind: string;
  /** The nearest above it that lives; `undefined`: it is the daemon itself. */
  readonly parent?: string;
  readonly incarnation: number;
  readonly startedAtMs: number;
  /** `undefined`: not known yet. `restarting` is a state like another, though of no machine. */
  readonly value?: StateValue;
  readonly tags: readonly string[];
  readonly restarts: number;
}

/** What ZooKeeper holds of a group: of every daemon that shares it, this product or another. */
export interface GroupPicture {
  readonly cluster: string;
  readonly group: string;
  /** Sorted by id. */
  readonly members: readonly GroupMemberPicture[];
  /** Sorted by topic, then by partition; partitions that nobody owns are not in here. */
  readonly owners: readonly PartitionOwnerPicture[];
  /** There is more than was read: who is missing may be a member all the same. */
  readonly truncated?: boolean;
}

export interface GroupMemberPicture {
  readonly id: string;
  /** Sorted; as its node says. */
  readonly topics: readonly string[];
}

export interface PartitionOwnerPicture {
  readonly topic: string;
  readonly partition: number;
  readonly member: string;
  /** Of ZooKeeper; a node of an older session of the same member is a leftover. */
  readonly sessionId: string;
}

/** `atMs`: of the monotonic clock of the process. `address`: whom it happened to; of a gap, `synced` and a remark the daemon's, or empty. */
export type InspectRecord = { readonly atMs: number; readonly address: string } &
  /** It is like this: at the beginning of a stream, and again after a gap. */
  (
    | { readonly type: 'actor'; readonly actor: ActorPicture }
    /** An incarnation began; its state follows. */
    | { readonly type: 'spawn'; readonly kind: string; readonly parent?: string; readonly incarnation: number }
    /** `by`: the event's type. `taken`: ids of transitions; empty where nobody looked closely enough. */
    | {
        readonly type: 'state';
        readonly value: StateValue;
        readonly tags?: readonly string[];
        readonly by: string;
        readonly taken: readonly string[];
      }
    /** `from`: the sender, none: from outside. `times`: how many of the same, one after the other. `detail`: what of it can be shown. */
    | {
        readonly type: 'event';
        readonly name: string;
        readonly from?: string;
        readonly times: number;
        readonly detail?: Json;
      }
    | {
        readonly type: 'ask';
        readonly name: string;
        readonly from?: string;
        readonly times: number;
        readonly served: 'valve' | 'mailbox';
        readonly detail?: Json;
      }
    | {
        readonly type: 'outcome';
        readonly name: string;
        readonly outcome: 'reply' | 'refused' | 'deadline' | 'cancelled';
        readonly times: number;
      }
    | { readonly type: 'sample'; readonly sample: ActorSample }
    /** `gone`: it left its address. Not so while it is to be restarted. */
    | {
        readonly type: 'end';
        readonly how: 'done' | 'stopped' | 'crashed';
        readonly reason?: string;
        readonly gone: boolean;
      }
    | { readonly type: 'fault'; readonly fault: string }
    /** As ZooKeeper was read by the daemon at `address`. */
    | { readonly type: 'group'; readonly group: GroupPicture }
    /**
     * So many records could not be kept, or sent in time. Events, requests and outcomes go first: where nothing else is missing
     * `resync` is false; otherwise an `actor` record follows for each that lives, and then `synced`.
     */
    | { readonly type: 'gap'; readonly dropped: number; readonly resync: boolean }
    /** Everyone who lives has been told of since the head, or since the gap. */
    | { readonly type: 'synced' }
    /** What somebody who watches ought to know, in a sentence: a step of the demo, a fault that was injected. */
    | { readonly type: 'remark'; readonly text: string }
  );

export type InspectRecordType = InspectRecord['type'];

/** One daemon of the process, or of the recording. */
export interface DaemonPicture {
  /** In front of its addresses (`d2`); empty: nothing is. */
  readonly name: string;
  /** By cluster. */
  readonly memberIds: Readonly<Record<string, string>>;
  /** Where it listens for HTTP. */
  readonly listens: readonly string[];
}

/** The head of a stream and of a recording. */
export interface StreamHead {
  readonly protocol: number;
  /** `kafka-pixy` and its version. */
  readonly product: string;
  readonly daemons: readonly DaemonPicture[];
  /** What has to be added to an `atMs` to have milliseconds since the Unix epoch. */
  readonly wallAtZeroMs: number;
}

/** One actor, looked at closely: `undefined` context: it is gone. */
export interface LookedAt {
  readonly address: string;
  readonly context?: Json;
  /** Payloads and keys are shown. */
  readonly revealed: boolean;
}

/** What the inspector sends, each as one text frame. */
export type ServerFrame =
  /** The first one; and again when a daemon of the process came or went, which changes nothing else that was told. */
  | ({ readonly type: 'head' } & StreamHead)
  /**
   * What the flight recorders and the remarks hold of the time before this viewer came, in order, like the beginning of a
   * recording; right behind the first head. A page that has a picture already leaves it out.
   */
  | { readonly type: 'past'; readonly records: readonly InspectRecord[] }
  | { readonly type: 'records'; readonly nowMs: number; readonly records: readonly InspectRecord[] }
  | { readonly type: 'looked'; readonly looked: LookedAt }
  /** Of the group that was asked for, if it cannot be read: why. Readings come as records. */
  | { readonly type: 'unreadable-group'; readonly cluster: string; readonly group: string; readonly reason: string }
  /** Every group of the cluster that ZooKeeper knows; sorted, the first 1,000. */
  | { readonly type: 'groups'; readonly cluster: string; readonly groups: readonly string[] };

/** What a page sends, each as one text frame of at most 4 KiB. */
export type ViewerFrame =
  /** Look closely at this one from now on, instead of the one before; `null`: at none. `reveal`: with payloads and keys. */
  | { readonly type: 'look'; readonly address: string | null; readonly reveal: boolean }
  /** Read this group from ZooKeeper again and again, instead of the one before; `null`: none. */
  | { readonly type: 'watch-group'; readonly group: { readonly cluster: string; readonly group: string } | null }
  /** Names of all groups, once. */
  | { readonly type: 'list-groups'; readonly cluster: string }
  /** The next step of whatever leads through something, like the demo. */
  | { readonly type: 'next' };

/** A file that the page opens and plays. */
export interface Recording {
  readonly format: 'kafka-pixy-recording';
  readonly head: StreamHead;
  /** Where it comes from, in a few words: `flight recorders`, `page`, `crash of …`, `simulation seed 7`. */
  readonly source: string;
  /** In the order of their happening. Begins with an `actor` record for each that lived at the beginning. */
  readonly records: readonly InspectRecord[];
}
