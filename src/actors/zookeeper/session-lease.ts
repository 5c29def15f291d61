import type { Clock } from '../../host/host.js';
import type { ZooKeeperSession } from '../../zookeeper/port.js';

/**
 * One ZooKeeper session and how long it can be trusted. Counted from when the last answered request was *sent*: what the
 * answer proves is that the session lived then. Looked at in the very moment of offering or committing, so a process that
 * was frozen in between finds it over, whatever its machines still believe.
 */
export class SessionLease {
  /** Set right after it was opened; absent only while the port opens it. */
  session: ZooKeeperSession | undefined;
  readonly #clock: Clock;
  #timeoutMs = 0;
  #provenAtMs = -Infinity;
  #provenAtWallMs = -Infinity;
  #over = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get sessionId(): string {
    return this.session?.sessionId ?? '';
  }

  /** As negotiated; 0: not connected yet. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** Since the last answered request was sent; -1: none was answered yet. */
  get silentMs(): number {
    const ageMs = this.#ageMs();
    return Number.isFinite(ageMs) ? Math.round(ageMs) : -1;
  }

  connected(timeoutMs: number): void {
    this.#timeoutMs = timeoutMs;
  }

  proven(sentAtMs: number): void {
    this.#provenAtMs = Math.max(this.#provenAtMs, sentAtMs);
    this.#provenAtWallMs = this.#clock.wallMs() - (this.#clock.nowMs() - this.#provenAtMs);
  }

  over(): void {
    this.#over = true;
  }

  /** Two thirds of the timeout have not passed. */
  get mayOffer(): boolean {
    return !this.#over && this.#ageMs() < (this.#timeoutMs * 2) / 3;
  }

  /** The timeout has not passed. */
  get mayCommit(): boolean {
    return !this.#over && this.#ageMs() < this.#timeoutMs;
  }

  /**
   * The larger of the ages by both clocks: a machine that slept keeps its monotonic clock still, one whose wall clock was
   * set back would live longer by that one.
   */
  #ageMs(): number {
    return Math.max(this.#clock.nowMs() - this.#provenAtMs, this.#clock.wallMs() - this.#provenAtWallMs);
  }
}
