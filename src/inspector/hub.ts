import { displayAddress } from '../actors/bus/address.js';
import type { Bus, BusRecord } from '../actors/bus/types.js';
import type { Clock, TimerHandle } from '../host/host.js';
import { Gathering } from './gathering.js';
import { GroupWatches } from './group-watches.js';
import { listGroups } from './group-watch.js';
import { streamHead, type HeadOptions } from './head.js';
import type { InspectedDaemon } from './inspected.js';
import { LivingActors } from './living.js';
import { Looking } from './looking.js';
import type { InspectRecord, ServerFrame, ViewerFrame } from './protocol.js';
import { recordFlights } from './recording.js';
import { closeCodes, encoded, Viewer, type ViewerSocket } from './viewer.js';

/** Looking on at a time. */
export const viewersMax = 16;
export const flushEveryMs = 50;
/** The clock is told, and what is missing, though nothing else has happened. */
const beatEveryMs = 1000;
/** A viewer that was not heard of from one ping to the next is gone. */
export const pingEveryMs = 15_000;
/** A viewer is told of the past of at most so many actors, and so much of it. */
const pastActorsMax = 500;
const pastEntriesMax = 4000;
/** The last ones; told to whoever comes later. */
const remarksMax = 50;

export interface HubOptions extends HeadOptions {
  /** Those there are; looked at again and again while somebody looks on. */
  readonly daemons: () => readonly InspectedDaemon[];
  readonly clock: Clock;
  /** Somebody wants the next step of what the remarks are about. */
  readonly onNext?: (() => void) | undefined;
}

/** One who looks on, with what it asked for. */
interface Guest {
  readonly viewer: Viewer;
  /** Since the last ping. */
  heard: boolean;
  looking: Looking | undefined;
  readonly listing: AbortController;
  isListing: boolean;
}

/**
 * Tells all viewers what happens on the buses. Watches, samples and reads only while there is one: without, nothing is left
 * on any bus, and no timer.
 */
export class Hub {
  readonly #options: HubOptions;
  readonly #clock: Clock;
  readonly #guests = new Map<ViewerSocket, Guest>();
  readonly #taps = new Map<Bus, () => void>();
  readonly #living = new LivingActors();
  readonly #gathering = new Gathering();
  readonly #groups: GroupWatches;
  readonly #remarks: InspectRecord[] = [];
  #timer: TimerHandle;
  #head = '';
  #unsaidDrops = 0;
  #nextBeatMs = 0;
  #nextPingMs = 0;
  #closed = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#groups = new GroupWatches({
      clock: options.clock,
      daemons: options.daemons,
      onRecord: (record) => this.#gathering.addOwn(record),
      onFrame: (socket, frame) => this.#send(socket, frame),
    });
  }

  /** Takes a viewer in, and tells it at once how things stand; or turns it away with a reason. */
  join(socket: ViewerSocket): void {
    if (this.#closed) return socket.close(closeCodes.goingAway, 'The daemon is about to end.');
    if (this.#guests.size >= viewersMax)
      return socket.close(closeCodes.tryLater, `${viewersMax} viewers look on already; close one of them.`);
    if (this.#guests.size === 0) this.#begin();
    else this.#flush();
    const viewer = new Viewer(socket, this.#living);
    const listing = new AbortController();
    this.#guests.set(socket, { viewer, heard: true, looking: undefined, listing, isListing: false });
    this.#send(socket, this.#headFrame());
    this.#send(socket, { type: 'past', records: this.#past() });
    viewer.step(this.#clock.nowMs());
  }

  /** So that who comes after a rebalance sees it all the same. Of very many actors it would hold up the daemon. */
  #past(): InspectRecord[] {
    const daemons = this.#options.daemons();
    const actors = daemons.reduce((sum, { bus }) => sum + bus.actors().length, 0);
    const { records } = recordFlights(
      actors > pastActorsMax ? [] : daemons,
      streamHead(daemons, this.#options),
      pastEntriesMax,
    );
    return [...records, ...this.#remarks].sort((a, b) => a.atMs - b.atMs);
  }

  /** It was heard of. */
  heard(socket: ViewerSocket): void {
    const guest = this.#guests.get(socket);
    if (guest) guest.heard = true;
  }

  take(socket: ViewerSocket, frame: ViewerFrame): void {
    const guest = this.#guests.get(socket);
    if (!guest) return;
    guest.heard = true;
    switch (frame.type) {
      case 'look':
        guest.looking = frame.address === null ? undefined : new Looking(frame.address, frame.reveal);
        return;
      case 'watch-group':
        return this.#groups.watch(socket, frame.group);
      case 'list-groups':
        return void this.#listGroups(socket, guest, frame.cluster);
      case 'next':
        return this.#options.onNext?.();
    }
  }

  /** It is gone. */
  leave(socket: ViewerSocket): void {
    const guest = this.#guests.get(socket);
    if (!guest) return;
    this.#guests.delete(socket);
    guest.listing.abort();
    this.#groups.watch(socket, null);
    if (this.#guests.size === 0) this.#end();
  }

  remark(text: string): void {
    const record: InspectRecord = { type: 'remark', atMs: this.#clock.nowMs(), address: '', text };
    this.#remarks.push(record);
    if (this.#remarks.length > remarksMax) this.#remarks.shift();
    if (this.#guests.size > 0) this.#gathering.addOwn(record);
  }

  /** Sends what is left to be said, and says goodbye. */
  close(): void {
    this.#closed = true;
    if (this.#guests.size > 0) this.#flush();
    for (const socket of [...this.#guests.keys()]) {
      socket.close(closeCodes.goingAway, 'The daemon has ended.');
      this.leave(socket);
    }
  }

  #begin(): void {
    const nowMs = this.#clock.nowMs();
    this.#nextBeatMs = nowMs + beatEveryMs;
    this.#nextPingMs = nowMs + pingEveryMs;
    this.#follow();
    this.#arm();
  }

  #end(): void {
    this.#clock.clearTimeout(this.#timer);
    for (const bus of [...this.#taps.keys()]) this.#unfollow(bus);
    this.#gathering.take();
    this.#unsaidDrops = 0;
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#arm();
      this.#step();
    }, flushEveryMs);
  }

  #step(): void {
    const nowMs = this.#clock.nowMs();
    this.#follow();
    for (const record of this.#living.sampleSome(nowMs, flushEveryMs)) this.#gathering.addOwn(record);
    this.#groups.step(nowMs);
    this.#flush();
    for (const { viewer, looking } of this.#guests.values()) {
      if (viewer.step(nowMs) === 'stalled') viewer.socket.destroy();
      else if (looking && !viewer.isBehind) this.#look(viewer, looking, nowMs);
    }
    if (nowMs >= this.#nextPingMs) this.#ping(nowMs);
  }

  #ping(nowMs: number): void {
    this.#nextPingMs = nowMs + pingEveryMs;
    for (const guest of this.#guests.values()) {
      if (!guest.heard) guest.viewer.socket.destroy();
      guest.heard = false;
      guest.viewer.socket.ping();
    }
  }

  #look(viewer: Viewer, looking: Looking, nowMs: number): void {
    const looked = looking.look(this.#options.daemons(), nowMs);
    if (looked) viewer.socket.send(encoded({ type: 'looked', looked }));
  }

  /** To everybody at once: what is sent is put together only once. */
  #flush(): void {
    const nowMs = this.#clock.nowMs();
    const { records, dropped, incomplete } = this.#gathering.take();
    this.#unsaidDrops += dropped;
    const isBeat = nowMs >= this.#nextBeatMs;
    if (isBeat) this.#nextBeatMs = nowMs + beatEveryMs;
    if (incomplete) {
      for (const { viewer } of this.#guests.values()) viewer.resync(records.length + this.#unsaidDrops, nowMs);
      this.#unsaidDrops = 0;
      return;
    }
    const gap: InspectRecord[] =
      isBeat && this.#unsaidDrops > 0
        ? [{ type: 'gap', atMs: nowMs, address: '', dropped: this.#unsaidDrops, resync: false }]
        : [];
    if (isBeat) this.#unsaidDrops = 0;
    if (records.length === 0 && !isBeat) return;
    const all = [...records, ...gap];
    const frame = encoded({ type: 'records', nowMs, records: all });
    for (const { viewer } of this.#guests.values()) viewer.give(frame, all.length, nowMs);
  }

  /** Watches those daemons that there are now. */
  #follow(): void {
    const { daemons, clock } = this.#options;
    const present = new Set(daemons().map(({ bus }) => bus));
    const nowMs = clock.nowMs();
    let left = false;
    for (const bus of [...this.#taps.keys()]) {
      if (present.has(bus)) continue;
      // One that ended has told of the end of each of its actors.
      left ||= bus.actors().length > 0;
      this.#unfollow(bus);
    }
    for (const bus of present) if (!this.#taps.has(bus)) this.#followOne(bus, nowMs);
    const head = JSON.stringify(streamHead(daemons(), this.#options));
    if (head !== this.#head) {
      this.#head = head;
      for (const socket of this.#guests.keys()) this.#send(socket, this.#headFrame());
    }
    if (left) for (const { viewer } of this.#guests.values()) viewer.resync(0, nowMs);
  }

  #followOne(bus: Bus, nowMs: number): void {
    this.#taps.set(
      bus,
      bus.tap((record) => this.#note(bus, record)),
    );
    this.#living.addAll(bus);
    if (this.#guests.size === 0) return;
    for (const { address } of bus.actors()) {
      const record = this.#living.pictureOf(displayAddress(bus.name, address), nowMs);
      if (record) this.#gathering.addOwn(record);
    }
  }

  #unfollow(bus: Bus): void {
    this.#taps.get(bus)!();
    this.#taps.delete(bus);
    this.#living.removeAll(bus);
  }

  #note(bus: Bus, record: BusRecord): void {
    this.#living.note(bus, record);
    this.#groups.note(record);
    if (!this.#groups.causes(record)) this.#gathering.add(record);
  }

  #headFrame(): ServerFrame {
    return { type: 'head', ...streamHead(this.#options.daemons(), this.#options) };
  }

  #send(socket: ViewerSocket, frame: ServerFrame): void {
    if (!this.#guests.get(socket)?.viewer.isBehind) socket.send(encoded(frame));
  }

  async #listGroups(socket: ViewerSocket, guest: Guest, cluster: string): Promise<void> {
    if (guest.isListing) return;
    guest.isListing = true;
    const groups = await listGroups(this.#options.daemons(), cluster, guest.listing.signal);
    guest.isListing = false;
    if (!guest.listing.signal.aborted) this.#send(socket, { type: 'groups', cluster, groups });
  }
}
