import type { Ack, Delivery, Hang, LostAnswer, Post } from '../../verdict/history.js';
import type { Seen } from './workload.js';

/** Of each kind. A script may ask for a million messages, some of which come again. */
const recordsMax = 5_000_000;

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The books of all clients. */
export class Records implements Seen {
  readonly posts: Post[] = [];
  readonly deliveries: Delivery[] = [];
  readonly acks: Ack[] = [];
  readonly hangs: Hang[] = [];
  readonly lostAnswers: LostAnswer[] = [];
  readonly #given = new Map<string, OffsetSet>();
  #lastPost = 0;
  /** Where the latest search for what was not given has stopped: what was given before it stays so. */
  #searched: { readonly entries: readonly Place[]; readonly group: number; readonly entry: number } | undefined;

  /** Something could not be written down any more: what the run is judged by is no longer all that happened. */
  overflowed = false;

  nextPost(): number {
    return ++this.#lastPost;
  }

  note<K extends keyof Seen>(kind: K, record: Seen[K][number]): void {
    const records = this[kind] as unknown[];
    if (records.length >= recordsMax) this.overflowed = true;
    else records.push(record);
  }

  deliver(delivery: Delivery): void {
    this.note('deliveries', delivery);
    const { group, topic, partition, offset } = delivery;
    const key = `${group} ${topic}/${partition}`;
    let offsets = this.#given.get(key);
    if (!offsets) this.#given.set(key, (offsets = new OffsetSet()));
    offsets.add(offset);
  }

  /** Whether each group was given each of these that is of its topics. Asked again with the same list, it goes on where it stopped. */
  wereGiven(
    groups: readonly { readonly group: string; readonly topics: readonly string[] }[],
    entries: readonly Place[],
  ): boolean {
    const start = this.#searched?.entries === entries ? this.#searched : { entries, group: 0, entry: 0 };
    for (let at = start.group; at < groups.length; at++) {
      const { group, topics } = groups[at]!;
      for (let entry = at === start.group ? start.entry : 0; entry < entries.length; entry++) {
        const { topic, partition, offset } = entries[entry]!;
        if (!topics.includes(topic) || this.#given.get(`${group} ${topic}/${partition}`)?.has(offset)) continue;
        this.#searched = { entries, group: at, entry };
        return false;
      }
    }
    this.#searched = { entries, group: groups.length, entry: 0 };
    return true;
  }
}

const bitsPerPage = 8192;

/** Offsets of one partition: they lie close together, so a bit for each is enough. */
class OffsetSet {
  readonly #pages = new Map<number, Uint8Array>();

  add(offset: number): void {
    const number = Math.floor(offset / bitsPerPage);
    let page = this.#pages.get(number);
    if (!page) this.#pages.set(number, (page = new Uint8Array(bitsPerPage / 8)));
    const bit = offset - number * bitsPerPage;
    page[bit >> 3]! |= 1 << (bit & 7);
  }

  has(offset: number): boolean {
    const number = Math.floor(offset / bitsPerPage);
    const bit = offset - number * bitsPerPage;
    return ((this.#pages.get(number)?.[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }
}
