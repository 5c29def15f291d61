import type { ActorPicture, ActorSample, InspectRecord, StreamHead } from '../../protocol.js';
import { Bounded } from './bounded.js';
import { GroupHistories } from './group-histories.js';
import type { ActorView, GroupReading, RemarkRecord, SequenceRecord, WorldSoFar } from './picture.js';
import { placeOf } from './place.js';
import { Rate } from './rate.js';

/** States that one actor went through. */
const statesPerActorMax = 50;
/** Of all actors. */
const sequenceMax = 8000;
/** Actors that are gone and still shown, for a while, as what they were. */
const goneMax = 500;
const remarksMax = 200;

const nothing: ActorSample = { mailboxLength: 0, openAsks: 0, load: {} };

/**
 * The picture of everything at one moment, made of the records up to it. It is changed in place, many times a second; whoever
 * draws looks at `version` to see whether there is anything new.
 */
export class World implements WorldSoFar {
  /** Changes when a daemon of the process comes or goes. */
  head: StreamHead;
  /** Of the last record, or of the last word of the stream. */
  nowMs = 0;
  version = 0;
  /** Counts up when an actor comes or goes, and not when one changes. */
  treeVersion = 0;
  /** By address. Those that are gone stay for a while. */
  readonly actors = new Map<string, ActorView>();
  /** What came to whom, and what it made of it, in the order of its happening. */
  readonly sequence = new Bounded<SequenceRecord>(sequenceMax);
  /** Events and requests of all actors. */
  readonly came = new Rate();
  readonly remarks = new Bounded<RemarkRecord>(remarksMax);
  /** The last reading of each group, by `cluster/group`. */
  readonly readings = new Map<string, GroupReading>();
  readonly groups = new GroupHistories();
  /** How many actors there are, without those that are gone. */
  living = 0;
  #gone: string[] = [];
  /** How often everything was told anew. */
  #syncs = 0;

  constructor(head: StreamHead) {
    this.head = head;
  }

  applyAll(records: readonly InspectRecord[]): void {
    for (const record of records) this.apply(record);
  }

  /** Records come in the order of their happening. */
  apply(record: InspectRecord): void {
    this.version++;
    this.nowMs = Math.max(this.nowMs, record.atMs);
    this.#apply(record);
    this.groups.apply(record, this);
  }

  #apply(record: InspectRecord): void {
    switch (record.type) {
      case 'actor':
        return this.#keep(record.actor, record.atMs);
      case 'spawn':
        return this.#spawn(record);
      case 'state': {
        const actor = this.#actorAt(record.address, record.atMs);
        actor.value = record.value;
        if (record.tags) actor.tags = record.tags;
        actor.changedAtMs = record.atMs;
        actor.states.add({ atMs: record.atMs, value: record.value, by: record.by, taken: record.taken });
        this.sequence.add(record);
        return;
      }
      case 'sample':
        this.#actorAt(record.address, record.atMs).sample = record.sample;
        return;
      case 'end':
        this.sequence.add(record);
        return this.#end(record);
      case 'event':
      case 'ask':
        this.actors.get(record.address)?.came.add(record.atMs, record.times);
        this.came.add(record.atMs, record.times);
        this.sequence.add(record);
        return;
      case 'outcome':
        this.sequence.add(record);
        return;
      case 'group': {
        const { group: picture, atMs, address: readBy } = record;
        this.readings.set(`${picture.cluster}/${picture.group}`, { atMs, readBy, picture });
        return;
      }
      case 'gap':
        if (record.resync) this.#syncs++;
        this.came.add(record.atMs, record.dropped);
        this.remarks.add(record);
        return;
      case 'synced':
        for (const { address, toldInSync, goneAtMs } of this.actors.values())
          if (goneAtMs === undefined && toldInSync < this.#syncs) this.#leave(address, record.atMs);
        return;
      case 'fault':
      case 'remark':
        this.remarks.add(record);
    }
  }

  #keep(picture: ActorPicture, atMs: number): void {
    const actor = this.#actorAt(picture.address, atMs);
    const { kind, parent, incarnation, startedAtMs, value, tags, restarts, mailboxLength, openAsks, load } = picture;
    Object.assign(actor, { kind, parent, incarnation, startedAtMs, value, tags, restarts, toldInSync: this.#syncs });
    actor.sample = { mailboxLength, openAsks, load };
  }

  #spawn(record: Extract<InspectRecord, { type: 'spawn' }>): void {
    const actor = this.#actorAt(record.address, record.atMs);
    actor.kind = record.kind;
    actor.parent = record.parent;
    actor.incarnation = record.incarnation;
    actor.startedAtMs = record.atMs;
    actor.toldInSync = this.#syncs;
    actor.restarts = Math.max(0, record.incarnation - 1);
    actor.value = undefined;
  }

  #end({ address, atMs, how, gone }: Extract<InspectRecord, { type: 'end' }>): void {
    const actor = this.#actorAt(address, atMs);
    actor.endedHow = how;
    actor.changedAtMs = atMs;
    if (!gone) {
      actor.value = 'restarting';
      actor.tags = [];
      return;
    }
    this.#leave(address, atMs);
  }

  #leave(address: string, atMs: number): void {
    this.actors.get(address)!.goneAtMs = atMs;
    this.living--;
    this.treeVersion++;
    this.#gone.push(address);
    if (this.#gone.length < 2 * goneMax) return;
    for (const other of this.#gone.splice(0, goneMax)) {
      if (this.actors.get(other)?.goneAtMs !== undefined) this.actors.delete(other);
    }
  }

  /** One that was gone lives again: an address is taken anew. */
  #actorAt(address: string, atMs: number): ActorView {
    const known = this.actors.get(address);
    if (known) {
      if (known.goneAtMs === undefined) return known;
      known.goneAtMs = undefined;
      this.living++;
      this.treeVersion++;
      return known;
    }
    this.living++;
    this.treeVersion++;
    const actor: ActorView = {
      address,
      place: placeOf(address),
      kind: '',
      parent: undefined,
      incarnation: 1,
      startedAtMs: atMs,
      value: undefined,
      tags: [],
      restarts: 0,
      sample: nothing,
      changedAtMs: atMs,
      goneAtMs: undefined,
      endedHow: undefined,
      states: new Bounded(statesPerActorMax),
      came: new Rate(),
      toldInSync: this.#syncs,
    };
    this.actors.set(address, actor);
    return actor;
  }
}
