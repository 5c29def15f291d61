import type { Accepted, Ack, Attempt, ClaimSample, DaemonName, Delivery, GroupKind, Hang } from './history.js';
import { place } from './checkers/lost.js';

/** What the clients see, as it happens, and what the run needs to know of it at once. */
export class Recorder {
  readonly attempts: Attempt[] = [];
  readonly deliveries: Delivery[] = [];
  readonly acks: Ack[] = [];
  readonly claims: ClaimSample[] = [];
  readonly accepted: Accepted[] = [];
  /** Requests that took long; some of them because of a fault. */
  readonly slow: Hang[] = [];
  readonly #places = { auto: new Set<string>(), later: new Set<string>() };
  readonly #freshestOfPartition = { auto: new Map<number, number>(), later: new Map<number, number>() };
  readonly #freshestOfDaemon = { auto: new Map<DaemonName, number>(), later: new Map<DaemonName, number>() };
  #ids = 0;

  nextId(): number {
    return ++this.#ids;
  }

  delivered(delivery: Delivery): void {
    this.deliveries.push(delivery);
    const { group, partition, daemon, writtenMs } = delivery;
    this.#places[group].add(place(delivery));
    const partitions = this.#freshestOfPartition[group];
    const daemons = this.#freshestOfDaemon[group];
    partitions.set(partition, Math.max(partitions.get(partition) ?? 0, writtenMs));
    daemons.set(daemon, Math.max(daemons.get(daemon) ?? 0, writtenMs));
  }

  /** Each of these partitions, and each of these daemons, has delivered to the group what was written after `sinceMs`. */
  deliversSince(group: GroupKind, sinceMs: number, partitions: number, daemons: readonly DaemonName[]): boolean {
    const fresh = [...this.#freshestOfPartition[group].values()].filter((writtenMs) => writtenMs >= sinceMs);
    const ofDaemon = this.#freshestOfDaemon[group];
    return fresh.length === partitions && daemons.every((name) => (ofDaemon.get(name) ?? 0) >= sinceMs);
  }

  wasDelivered(group: GroupKind, at: { readonly partition: number; readonly offset: number }): boolean {
    return this.#places[group].has(place(at));
  }

  lastClaims(group: GroupKind): ClaimSample | undefined {
    return this.claims.findLast((sample) => sample.group === group);
  }
}
