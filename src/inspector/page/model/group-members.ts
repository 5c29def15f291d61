import { Bounded } from './bounded.js';

/** What happened to members of one group, oldest dropped first. */
const signsPerGroupMax = 200;
/** Members of one group that are remembered, those that left included. */
const membersPerGroupMax = 200;

export type SignKind =
  'joined' | 'left' | 'topics' | 'idle' | 'stopping' | 'session-silent' | 'session-lost' | 'session-back';

/** Something that happened to a member, after which partitions may move. */
export interface GroupSign {
  readonly atMs: number;
  readonly member: string;
  readonly kind: SignKind;
  /** Of an idle subscription. */
  readonly topic: string | undefined;
  /** Part of a sentence: `d2 joined`. */
  readonly text: string;
}

export interface GroupMember {
  readonly id: string;
  /** Name of its daemon; `undefined`: one that cannot be seen into. */
  daemon: string | undefined;
  /** In the order in which they were seen first; a colour stays with its member. */
  readonly order: number;
  /** Its node is in ZooKeeper, as far as is known. */
  isPresent: boolean;
  sinceMs: number;
  /** Since when ZooKeeper does not have it although it says nothing of that itself: it may be frozen. */
  missedSinceMs: number | undefined;
  /** As its node says; none is known of a group that was not read. */
  topics: readonly string[];
}

/** Who is in a group, who was, and what happened to them. */
export class GroupMembers {
  readonly #members = new Map<string, GroupMember>();
  readonly #signs = new Bounded<GroupSign>(signsPerGroupMax);
  #seen = 0;

  get all(): IterableIterator<GroupMember> {
    return this.#members.values();
  }

  /** Oldest first. */
  get signs(): readonly GroupSign[] {
    return this.#signs.items;
  }

  get isEmpty(): boolean {
    for (const { isPresent } of this.#members.values()) if (isPresent) return false;
    return true;
  }

  /** As sentences call it: by its daemon's name, which is short; by its id, if it is of another process. */
  nameOf(id: string): string {
    const daemon = this.#members.get(id)?.daemon;
    return daemon === undefined ? id : daemon === '' ? 'this daemon' : daemon;
  }

  get(id: string): GroupMember | undefined {
    return this.#members.get(id);
  }

  /** The member, known from now on. */
  know(id: string, daemon: string | undefined, atMs: number): GroupMember {
    const known = this.#members.get(id);
    if (known) {
      known.daemon = daemon ?? known.daemon;
      return known;
    }
    this.#makeRoom();
    const member: GroupMember = {
      id,
      daemon,
      order: this.#seen++,
      isPresent: false,
      sinceMs: atMs,
      missedSinceMs: undefined,
      topics: [],
    };
    this.#members.set(id, member);
    return member;
  }

  note(sign: Omit<GroupSign, 'topic'> & { topic?: string }): GroupSign {
    const noted = { topic: undefined, ...sign };
    this.#signs.add(noted);
    return noted;
  }

  #makeRoom(): void {
    if (this.#members.size < membersPerGroupMax) return;
    const left = [...this.#members.values()].find(({ isPresent }) => !isPresent) ?? [...this.#members.values()][0];
    if (left) this.#members.delete(left.id);
  }
}
