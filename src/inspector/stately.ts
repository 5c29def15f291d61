import { displayAddress } from '../actors/bus/address.js';
import type { ActorEnd, Address, Bus, BusRecord } from '../actors/bus/types.js';
import type { Clock, TimerHandle } from '../host/host.js';
import type { InspectedDaemon } from './inspected.js';
import { pingEveryMs } from './hub.js';
import { nearestAbove } from './living.js';
import type { Json } from './protocol.js';
import {
  actorFrame,
  definitionOf,
  eventFrame,
  lastSnapshot,
  rootIdOf,
  sessionIdOf,
  snapshotFrame,
  snapshotOf,
  type FramePlace,
  type StatelySnapshot,
} from './stately-frames.js';
import { closeCodes, stalledMaxMs, viewerBytesMax, type ViewerSocket } from './viewer.js';

/** Looking on at a time; each is told by itself. */
export const statelyViewersMax = 4;
const stepEveryMs = 50;
/** What does not fit into a step is left out if it is an event, and told later as it is then if it is a state. */
const framesPerStepMax = 100;

export interface StatelyFeedOptions {
  readonly daemons: () => readonly InspectedDaemon[];
  readonly clock: Clock;
}

/** One actor, as far as the viewer is concerned. */
interface Told {
  readonly bus: Bus;
  readonly address: Address;
  /** The viewer knows it. */
  told: boolean;
  value: Json;
  /** It ended, and the viewer was not told yet. */
  end: StatelySnapshot | undefined;
}

/**
 * Tells one viewer what happens, in the frames of `@statelyai/inspect`: first everyone who lives, then events and states as
 * they come. The viewer never slows anybody: what it does not take in time is left out, and counted.
 */
export class StatelyFeed {
  readonly #socket: ViewerSocket;
  readonly #options: StatelyFeedOptions;
  readonly #taps = new Map<Bus, () => void>();
  /** By session id. */
  readonly #actors = new Map<string, Told>();
  /** Session ids of those whose state the viewer does not know, in the order of their coming. */
  readonly #due = new Set<string>();
  #timer: TimerHandle;
  #framesLeft = framesPerStepMax;
  #leftOut = 0;
  #stalledSinceMs: number | undefined;
  /** Since the last ping. */
  #heard = true;
  #nextPingMs: number;

  constructor(socket: ViewerSocket, options: StatelyFeedOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#nextPingMs = options.clock.nowMs() + pingEveryMs;
    this.#follow();
    this.#tell();
    this.#arm();
  }

  /** The viewer is there. */
  heard(): void {
    this.#heard = true;
  }

  /** Nobody looks any more. */
  end(): void {
    this.#options.clock.clearTimeout(this.#timer);
    for (const untap of this.#taps.values()) untap();
    this.#taps.clear();
    this.#actors.clear();
    this.#due.clear();
  }

  #arm(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#arm();
      this.#step();
    }, stepEveryMs);
  }

  #step(): void {
    this.#framesLeft = framesPerStepMax;
    this.#follow();
    const nowMs = this.#options.clock.nowMs();
    if (nowMs >= this.#nextPingMs) this.#ping(nowMs);
    if (this.#socket.waitingBytes > viewerBytesMax) {
      this.#stalledSinceMs ??= nowMs;
      if (nowMs - this.#stalledSinceMs >= stalledMaxMs) this.#socket.destroy();
      return;
    }
    this.#stalledSinceMs = undefined;
    this.#tell();
    this.#tellOfLeftOut();
  }

  #ping(nowMs: number): void {
    this.#nextPingMs = nowMs + pingEveryMs;
    if (!this.#heard) this.#socket.destroy();
    this.#heard = false;
    this.#socket.ping();
  }

  // --- who there is

  /** Watches those daemons that there are now. */
  #follow(): void {
    const present = new Set(this.#options.daemons().map(({ bus }) => bus));
    for (const [bus, untap] of this.#taps) {
      if (present.has(bus)) continue;
      untap();
      this.#taps.delete(bus);
      for (const [id, actor] of this.#actors) if (actor.bus === bus) this.#ended(id, actor, { how: 'stopped' });
    }
    for (const bus of present) {
      if (this.#taps.has(bus)) continue;
      this.#taps.set(
        bus,
        bus.tap((record) => this.#take(bus, record)),
      );
      for (const { address } of bus.actors()) this.#add(bus, displayAddress(bus.name, address));
    }
  }

  #add(bus: Bus, displayed: string): void {
    const id = sessionIdOf(bus, displayed);
    const address = displayed.slice(displayAddress(bus.name, '').length) as Address;
    this.#actors.set(id, { bus, address, told: false, value: null, end: undefined });
    this.#due.add(id);
  }

  #ended(id: string, actor: Told, end: ActorEnd): void {
    if (!actor.told) {
      this.#actors.delete(id);
      this.#due.delete(id);
      return;
    }
    actor.end = endOf(end, actor.value);
    this.#due.add(id);
    if (this.#hasRoom) this.#tellOf(id);
  }

  // --- what happens

  #take(bus: Bus, record: BusRecord): void {
    if (record.type === 'spawn') {
      this.#add(bus, record.address);
      return;
    }
    const id = sessionIdOf(bus, record.address);
    const actor = this.#actors.get(id);
    if (!actor) return;
    if (record.type === 'event') this.#event(id, actor, record.event, record.from);
    else if (record.type === 'ask') this.#event(id, actor, record.request, record.from);
    else if (record.type === 'snapshot') this.#changed(id, actor, record.event);
    else if (record.type === 'end') this.#ended(id, actor, record.end);
  }

  #event(id: string, actor: Told, event: { readonly type: string }, from: string | undefined): void {
    if (!actor.told && this.#hasRoom) this.#tellOf(id);
    if (!actor.told || !this.#hasRoom) {
      this.#leftOut++;
      return;
    }
    const sourceId = from === undefined ? undefined : sessionIdOf(actor.bus, from);
    this.#send(eventFrame(this.#placeOf(id, actor), event, sourceId));
  }

  #changed(id: string, actor: Told, by: string): void {
    this.#due.add(id);
    if (this.#hasRoom) this.#tellOf(id, by);
  }

  // --- what the viewer is told

  get #hasRoom(): boolean {
    return this.#framesLeft > 0 && this.#socket.waitingBytes <= viewerBytesMax;
  }

  #tell(): void {
    for (const id of this.#due) {
      if (!this.#hasRoom) return;
      this.#tellOf(id);
    }
  }

  /** Makes the actor known if it is not, and tells its state. `by`: type of the event that led to it. */
  #tellOf(id: string, by = ''): void {
    const actor = this.#actors.get(id)!;
    const place = this.#placeOf(id, actor);
    if (actor.end) {
      this.#actors.delete(id);
      this.#due.delete(id);
      this.#send(snapshotFrame(place, 'xstate.stop', actor.end));
      return;
    }
    const { bus, address } = actor;
    const look = bus.look(address);
    const machine = look && bus.machineOf(look.info.kind);
    if (!look || !machine) return this.#ended(id, actor, { how: 'stopped' });
    // It is about to begin; then it has a state.
    if (look.context === undefined) return;
    this.#due.delete(id);
    const snapshot = snapshotOf(look);
    actor.value = snapshot.value;
    if (!actor.told) {
      const parentId = this.#parentOf(actor);
      this.#send(actorFrame(place, { parentId, definition: definitionOf(machine), snapshot }));
      actor.told = true;
    }
    this.#send(snapshotFrame(place, by, snapshot));
  }

  /** Of those who are told of, parents come before their children. */
  #parentOf({ bus, address }: Told): string | undefined {
    const above = nearestAbove(bus, address);
    if (above === undefined) return undefined;
    const parentId = sessionIdOf(bus, above);
    if (this.#actors.get(parentId)?.told === false) this.#tellOf(parentId);
    return parentId;
  }

  /** The protocol has no word for it, so it is an event that the daemon at the root gets. */
  #tellOfLeftOut(): void {
    const root = [...this.#taps.keys()].map((bus) => rootIdOf(bus)).find((id) => this.#actors.get(id)?.told);
    if (this.#leftOut === 0 || root === undefined || !this.#hasRoom) return;
    const event = { type: 'inspector.events-left-out', count: this.#leftOut };
    this.#send(eventFrame(this.#placeOf(root, this.#actors.get(root)!), event, undefined));
    this.#leftOut = 0;
  }

  #placeOf(sessionId: string, { bus }: Told): FramePlace {
    return { sessionId, rootId: rootIdOf(bus), wallMs: this.#options.clock.wallMs() };
  }

  #send(frame: string): void {
    this.#framesLeft--;
    this.#socket.send(Buffer.from(frame));
  }
}

function endOf(end: ActorEnd, value: Json): StatelySnapshot {
  if (end.how !== 'crashed') return lastSnapshot(end.how, value);
  return lastSnapshot('error', value, end.error instanceof Error ? end.error.message : String(end.error));
}

/** All who look on in these frames. Without any of them no bus is watched and no timer is armed. */
export class StatelyFeeds {
  readonly #options: StatelyFeedOptions;
  readonly #feeds = new Map<ViewerSocket, StatelyFeed>();
  #closed = false;

  constructor(options: StatelyFeedOptions) {
    this.#options = options;
  }

  join(socket: ViewerSocket): void {
    if (this.#closed) return socket.close(closeCodes.goingAway, 'The daemon is about to end.');
    if (this.#feeds.size >= statelyViewersMax)
      return socket.close(closeCodes.tryLater, `${statelyViewersMax} of these look on already; close one of them.`);
    this.#feeds.set(socket, new StatelyFeed(socket, this.#options));
  }

  heard(socket: ViewerSocket): void {
    this.#feeds.get(socket)?.heard();
  }

  leave(socket: ViewerSocket): void {
    this.#feeds.get(socket)?.end();
    this.#feeds.delete(socket);
  }

  close(): void {
    this.#closed = true;
    for (const socket of [...this.#feeds.keys()]) {
      socket.close(closeCodes.goingAway, 'The daemon has ended.');
      this.leave(socket);
    }
  }
}
