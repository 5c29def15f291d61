import type { ActorSample, GroupPicture, InspectRecord, StateValue, StreamHead } from '../../protocol.js';
import type { Bounded } from './bounded.js';
import type { Place } from './place.js';
import type { Rate } from './rate.js';

export interface StateEntry {
  readonly atMs: number;
  readonly value: StateValue;
  readonly by: string;
  readonly taken: readonly string[];
}

export interface ActorView {
  readonly address: string;
  readonly place: Place;
  kind: string;
  parent: string | undefined;
  incarnation: number;
  startedAtMs: number;
  value: StateValue | undefined;
  tags: readonly string[];
  restarts: number;
  sample: ActorSample;
  /** When its state was told last. */
  changedAtMs: number;
  /** Set: it is gone. */
  goneAtMs: number | undefined;
  endedHow: string | undefined;
  readonly states: Bounded<StateEntry>;
  /** Events and requests that came to it. */
  readonly came: Rate;
  /** The last time that the whole of it was told, by the count of such times. */
  toldInSync: number;
}

/** What the sequence is drawn from. */
export type SequenceRecord = Extract<InspectRecord, { type: 'event' | 'ask' | 'outcome' | 'state' | 'end' }>;
export type RemarkRecord = Extract<InspectRecord, { type: 'remark' | 'fault' | 'gap' }>;

export interface GroupReading {
  readonly atMs: number;
  /** Address of the daemon that read it. */
  readonly readBy: string;
  readonly picture: GroupPicture;
}

/** What is known up to a record; those that make something of it may read it, and change nothing. */
export interface WorldSoFar {
  readonly head: StreamHead;
  readonly nowMs: number;
  /** By address; those that are gone as well, for a while. */
  readonly actors: ReadonlyMap<string, Readonly<ActorView>>;
  /** By `cluster/group`. */
  readonly readings: ReadonlyMap<string, GroupReading>;
}
