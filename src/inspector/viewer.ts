import type { LivingActors } from './living.js';
import type { InspectRecord, ServerFrame } from './protocol.js';

/** Of a viewer that does not take what it is sent, the bytes that wait for it. Beyond them it gets nothing more for now. */
export const viewerBytesMax = 1024 * 1024;
/** What may still wait for it when it is given something again. */
const drainedBytesMax = 64 * 1024;
/** Telling it of all actors pauses while so much waits for it. */
const catchUpBytesMax = 512 * 1024;
/** Told of at a time. */
const actorsPerStepMax = 1000;
/** A viewer that takes nothing for so long is cut off. */
export const stalledMaxMs = 30_000;

/** The socket of a viewer. */
export interface ViewerSocket {
  /** Bytes that were sent and not yet taken by the system. */
  readonly waitingBytes: number;
  /** One text frame. Never throws, never waits; does nothing once it is closed. */
  send(frame: Buffer): void;
  ping(): void;
  /** `reason`: a sentence of at most 123 bytes, which the viewer is told. */
  close(code: number, reason: string): void;
  /** At once, without a word. */
  destroy(): void;
}

/** RFC 6455, section 7.4.1. */
export const closeCodes = { goingAway: 1001, badFrame: 1008, tryLater: 1013 } as const;

export const encoded = (frame: ServerFrame): Buffer => Buffer.from(JSON.stringify(frame));

/**
 * One who looks on. It is live, or being told of everyone who lives, or behind: then it is skipped until it has taken what
 * waits for it, and is told of everyone anew.
 */
export class Viewer {
  readonly socket: ViewerSocket;
  readonly #living: LivingActors;
  #phase: 'catching-up' | 'live' | 'behind' = 'catching-up';
  /** Addresses that it is yet to be told of. */
  #untold: readonly string[];
  #told = 0;
  #missed = 0;
  #behindSinceMs = 0;

  constructor(socket: ViewerSocket, living: LivingActors) {
    this.socket = socket;
    this.#living = living;
    this.#untold = living.addresses;
  }

  /** Nothing is sent to it for now. */
  get isBehind(): boolean {
    return this.#phase === 'behind';
  }

  /** Records for everyone: `frame` holds `count` of them. */
  give(frame: Buffer, count: number, nowMs: number): void {
    if (!this.isBehind && this.socket.waitingBytes > viewerBytesMax) {
      this.#phase = 'behind';
      this.#behindSinceMs = nowMs;
    }
    if (this.isBehind) this.#missed += count;
    else this.socket.send(frame);
  }

  /** Everyone has to be told of anew: so many records are missing, of whatever kind. */
  resync(missed: number, nowMs: number): void {
    this.#missed += missed;
    if (this.isBehind) return;
    this.#sendRecords([{ type: 'gap', atMs: nowMs, address: '', dropped: this.#missed, resync: true }], nowMs);
    this.#missed = 0;
    this.#phase = 'catching-up';
    this.#untold = this.#living.addresses;
    this.#told = 0;
  }

  /** What there is to do besides, at each flush. */
  step(nowMs: number): 'ok' | 'stalled' {
    if (this.isBehind) {
      if (this.socket.waitingBytes > drainedBytesMax)
        return nowMs - this.#behindSinceMs >= stalledMaxMs ? 'stalled' : 'ok';
      this.#phase = 'live';
      this.resync(0, nowMs);
    }
    if (this.#phase === 'catching-up' && this.socket.waitingBytes <= catchUpBytesMax) this.#tellMore(nowMs);
    return 'ok';
  }

  #tellMore(nowMs: number): void {
    const upTo = this.#told + actorsPerStepMax;
    const records = this.#untold
      .slice(this.#told, upTo)
      .flatMap((address) => this.#living.pictureOf(address, nowMs) ?? []);
    this.#told = upTo;
    if (upTo >= this.#untold.length) {
      records.push({ type: 'synced', atMs: nowMs, address: '' });
      this.#phase = 'live';
      this.#untold = [];
    }
    this.#sendRecords(records, nowMs);
  }

  #sendRecords(records: readonly InspectRecord[], nowMs: number): void {
    this.socket.send(encoded({ type: 'records', nowMs, records }));
  }
}
