import type { Socket } from 'node:net';
import type { Clock, TimerHandle } from '../host/host.js';

/** What a link does to the bytes of each way. */
export type LinkMode =
  | { readonly type: 'pass' }
  /** Nobody gets through: connections end, and each new one as soon as it comes. `reset`: by RST, else by FIN. */
  | { readonly type: 'cut'; readonly how: 'reset' | 'close' }
  /** Connections stand and are taken, but nothing passes; it waits on the way, an end as well. */
  | { readonly type: 'half-open' }
  /** Everything comes so much later. */
  | { readonly type: 'delay'; readonly delayMs: number }
  /** Of each way of each connection. */
  | { readonly type: 'throttle'; readonly bytesPerSecond: number };

/** On the way in one direction; what more comes waits at its sender. */
const heldBytesMax = 64 * 1024;
/** A throttled way lets as much through at once as falls to this time, and then waits for it. */
const throttleSliceMs = 20;

interface Piece {
  bytes: Buffer;
  readonly cameAtMs: number;
}

export interface TcpWayOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly clock: Clock;
  readonly mode: LinkMode;
  readonly onForwarded: (bytes: Buffer) => void;
}

/** One direction of one connection: takes bytes from one socket and gives them to the other as the link lets it. */
export class TcpWay {
  readonly #options: TcpWayOptions;
  readonly #held: Piece[] = [];
  #heldBytes = 0;
  #mode: LinkMode;
  #timer: TimerHandle | undefined;
  /** Of a throttled way: when the next bytes may go. */
  #freeAtMs = 0;
  #receiverIsFull = false;
  #hasEnded = false;

  constructor(options: TcpWayOptions) {
    const { from, to } = options;
    this.#options = options;
    this.#mode = options.mode;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => {
      this.#hasEnded = true;
      this.#pump();
    });
    to.on('drain', () => {
      this.#receiverIsFull = false;
      this.#pump();
    });
  }

  set mode(mode: LinkMode) {
    this.#mode = mode;
    this.#freeAtMs = 0;
    this.#disarm();
    this.#pump();
  }

  /** Forgets what is on the way. */
  close(): void {
    this.#disarm();
    this.#held.length = 0;
    this.#heldBytes = 0;
    this.#hasEnded = false;
  }

  #take(bytes: Buffer): void {
    this.#held.push({ bytes, cameAtMs: this.#options.clock.nowMs() });
    this.#heldBytes += bytes.length;
    if (this.#heldBytes >= heldBytesMax) this.#options.from.pause();
    this.#pump();
  }

  #pump(): void {
    if (this.#timer !== undefined || this.#receiverIsFull || this.#mode.type === 'half-open') return;
    const { to, from, clock, onForwarded } = this.#options;
    for (let first = this.#held[0]; first; first = this.#held[0]) {
      const waitMs = this.#dueAtMs(first) - clock.nowMs();
      if (waitMs > 0) {
        this.#arm(waitMs);
        return;
      }
      const bytes = this.#next(first);
      this.#heldBytes -= bytes.length;
      if (this.#heldBytes < heldBytesMax) from.resume();
      onForwarded(bytes);
      if (!to.write(bytes)) {
        this.#receiverIsFull = true;
        return;
      }
    }
    if (this.#hasEnded && !to.writableEnded) to.end();
  }

  #dueAtMs({ cameAtMs }: Piece): number {
    if (this.#mode.type === 'delay') return cameAtMs + this.#mode.delayMs;
    return this.#mode.type === 'throttle' ? this.#freeAtMs : 0;
  }

  /** All of the first piece, or as much of it as may go at once. */
  #next(first: Piece): Buffer {
    if (this.#mode.type !== 'throttle') return this.#held.shift()!.bytes;
    const { bytesPerSecond } = this.#mode;
    const bytes = first.bytes.subarray(0, Math.max(1, Math.floor((bytesPerSecond * throttleSliceMs) / 1000)));
    first.bytes = first.bytes.subarray(bytes.length);
    if (first.bytes.length === 0) this.#held.shift();
    const { clock } = this.#options;
    this.#freeAtMs = Math.max(clock.nowMs(), this.#freeAtMs) + (bytes.length / bytesPerSecond) * 1000;
    return bytes;
  }

  #arm(waitMs: number): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, waitMs);
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
