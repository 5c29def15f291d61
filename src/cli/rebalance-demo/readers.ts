import type { Daemon } from '../../daemon.js';

/** What became of the partitions in one step. */
export interface HandOver {
  /** Partitions that have another reader than before. */
  readonly moved: number;
  /** From the cause until the last of them was read by its new reader. */
  readonly tookMs: number;
  /** The longest that one of them had no reader; `undefined`: none of them had one before. */
  readonly longestGapMs: number | undefined;
}

interface Partition {
  /** Members whose owner of it offers messages; more than one only while one of them has not heard yet that it lost. */
  readonly owners: Set<string>;
  reader: string | undefined;
  stoppedAtMs: number | undefined;
  startedAtMs: number;
}

type Bus = Daemon['bus'];

/** Who reads which partition of one group, and since when, as the daemons' own records tell. */
export class Readers {
  readonly #inGroup: RegExp;
  readonly #partitions = new Map<number, Partition>();
  /** Members that offer nothing at present, whatever they own. */
  readonly #silent = new Set<string>();

  constructor(group: string) {
    this.#inGroup = new RegExp(`/group/${group}/topic/[^/]+/partition/(\\d+)$`);
  }

  /** Returns how to stop it. */
  follow(bus: Bus): () => void {
    const member = bus.name;
    return bus.tap((record) => {
      const { address, atMs } = record;
      const partition = this.#inGroup.exec(address)?.[1];
      if (partition !== undefined) {
        const owns = record.type === 'snapshot' && record.tags.includes('serves');
        if (record.type === 'snapshot' || record.type === 'end') this.#note(Number(partition), member, owns, atMs);
      } else if (record.type === 'snapshot' && address.endsWith('/zookeeper')) {
        const state = JSON.stringify(record.value);
        if (state.includes('lapsed')) this.silence(member, atMs);
        if (state.includes('connected')) this.#unsilence(member, atMs);
      }
    });
  }

  /** It does nothing from now on, and cannot say so. */
  silence(member: string, atMs: number): void {
    this.#silent.add(member);
    this.#updateAll(atMs);
  }

  #unsilence(member: string, atMs: number): void {
    if (this.#silent.delete(member)) this.#updateAll(atMs);
  }

  /** What has moved since. */
  handOverSince(sinceMs: number): HandOver {
    const moved = [...this.#partitions.values()].filter(
      ({ reader, startedAtMs }) => reader !== undefined && startedAtMs >= sinceMs,
    );
    const gaps = moved.flatMap(({ startedAtMs, stoppedAtMs }) =>
      stoppedAtMs === undefined ? [] : [startedAtMs - stoppedAtMs],
    );
    return {
      moved: moved.length,
      tookMs: moved.length === 0 ? 0 : Math.max(...moved.map(({ startedAtMs }) => startedAtMs)) - sinceMs,
      longestGapMs: gaps.length === 0 ? undefined : Math.max(...gaps),
    };
  }

  #note(number: number, member: string, owns: boolean, atMs: number): void {
    let partition = this.#partitions.get(number);
    if (partition === undefined) {
      partition = { owners: new Set(), reader: undefined, stoppedAtMs: undefined, startedAtMs: 0 };
      this.#partitions.set(number, partition);
    }
    if (owns) partition.owners.add(member);
    else partition.owners.delete(member);
    this.#update(partition, atMs);
  }

  #updateAll(atMs: number): void {
    for (const partition of this.#partitions.values()) this.#update(partition, atMs);
  }

  #update(partition: Partition, atMs: number): void {
    const able = [...partition.owners].filter((member) => !this.#silent.has(member));
    if (partition.reader !== undefined && able.includes(partition.reader)) return;
    if (partition.reader !== undefined) partition.stoppedAtMs = atMs;
    partition.reader = able[0];
    if (partition.reader !== undefined) partition.startedAtMs = atMs;
  }
}
