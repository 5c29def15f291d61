import type { Accepted, Attempt, ClaimSample, DaemonName, Delivery, Hang } from './history.js';
import { place } from './checkers/lost.js';

/** What the clients see, as it happens, and what the run needs to know of it at once. */
export class Recorder {
  readonly attempts: Attempt[] = [];
  readonly deliveries: Delivery[] = [];
  readonly claims: ClaimSample[] = [];
  readonly accepted: Accepted[] = [];
  /** Requests that took long; some of them because of a fault. */
  readonly slow: Hang[] = [];
  readonly #places = new Set<string>();
  readonly #freshestOfPartition = new Map<number, number>();
  readonly #freshestOfDaemon = new Map<DaemonName, number>();
  #ids = 0;

  nextId(): number {
    return ++this.#ids;
  }

  delivered(delivery: Delivery): void {
    this.deliveries.push(delivery);
    this.#places.add(place(delivery));
    const { partition, daemon, writtenMs } = delivery;
    this.#freshestOfPartition.set(partition, Math.max(this.#freshestOfPartition.get(partition) ?? 0, writtenMs));
    this.#freshestOfDaemon.set(daemon, Math.max(this.#freshestOfDaemon.get(daemon) ?? 0, writtenMs));
  }

  /** Each of these partitions, and each of these daemons, has delivered what was written after `sinceMs`. */
  deliversSince(sinceMs: number, partitions: number, daemons: readonly DaemonName[]): boolean {
    const fresh = [...this.#freshestOfPartition.values()].filter((writtenMs) => writtenMs >= sinceMs);
    return fresh.length === partitions && daemons.every((name) => (this.#freshestOfDaemon.get(name) ?? 0) >= sinceMs);
  }

  wasDelivered(at: { readonly partition: number; readonly offset: number }): boolean {
    return this.#places.has(place(at));
  }
}
