import type { Explained, History, LogEntry, Post, Truncation, Violation } from './history.js';
import { ByNumber, groupedBy, ms, placeOf, strikes } from './places.js';

/**
 * *lost*: a post that was answered as written does not lie where the answer says, or one that was accepted does not lie
 * anywhere, and its process was not killed before it had come to it: what was accepted first is written first. *refused and written*: an answer said that nothing was written. What all in-sync
 * replicas had when it was acknowledged is not lost by us where an unclean election has cut it off.
 */
export function checkPosts({ posts, log, faults, truncations }: History): Explained {
  const copies = copiesIn(log);
  const cutOff = acknowledgedAndCutOff(truncations);
  const killed = faults.filter(({ costs }) => costs.includes('memory'));
  const written = new WrittenByKey(posts, copies);
  let lostWithKilled = 0;
  const violations = posts.flatMap((post): Violation[] => {
    const at = copies.get(post.id);
    const atMs = post.answeredMs ?? post.sentMs;
    const who = () =>
      `post ${post.id} (${post.sync ? 'sync' : 'async'}, ${post.key} #${post.sequence}, ${post.daemon})`;
    const mayBeLost = cutOff.has(post.id) && at.length === 0;
    if (post.outcome === 'written' && !mayBeLost && !at.some((entry) => isAt(post, entry))) {
      const found = at.length === 0 ? 'nowhere' : `at ${at.map(placeOf).join(', ')}`;
      const said = `${post.topic}/${post.partition}@${post.offset}`;
      return [{ check: 'lost', atMs, text: `${who()} was answered with ${said}, and lies ${found}` }];
    }
    if (post.outcome === 'accepted' && !mayBeLost && at.length === 0) {
      const lost = (why: string) => [
        { check: 'lost', atMs, text: `${who()} was accepted at ${ms(atMs)}, and lies nowhere${why}` },
      ];
      const kills = killed.filter((fault) => strikes(fault, post.daemon) && fault.fromMs >= post.sentMs);
      if (kills.length === 0) return lost('');
      const later = written.laterOfKey(post, Math.min(...kills.map(({ fromMs }) => fromMs)));
      if (later) return lost(`, though post ${later.id} of its key, which its process accepted later, was written`);
      lostWithKilled++;
    }
    if (post.outcome === 'refused' && at.length > 0) {
      const text = `${who()} was refused (${post.detail}), and lies at ${at.map(placeOf).join(', ')}`;
      return [{ check: 'refused and written', atMs, text }];
    }
    return [];
  });
  const why = 'accepted by a daemon that was killed before it had written them';
  return { violations, explained: new Map(lostWithKilled > 0 ? [[why, lostWithKilled]] : []) };
}

const acknowledgedAndCutOff = (truncations: readonly Truncation[]): ReadonlySet<number> =>
  new Set(
    truncations.flatMap(({ posts, fromOffset, acknowledgedOffset }) => posts.slice(0, acknowledgedOffset - fromOffset)),
  );

/** Offset -1 is the answer of a broker that knows a batch that came again, and no longer where it lies. */
const isAt = (post: Post, entry: LogEntry): boolean =>
  entry.topic === post.topic &&
  entry.partition === post.partition &&
  (entry.offset === post.offset || post.offset === -1);

/** Finds out what lies in the log although what was accepted before it does not. */
class WrittenByKey {
  readonly #posts: readonly Post[];
  readonly #copies: ByNumber<LogEntry>;
  /** Made when it is asked for: messages are lost seldom. */
  #byKey: ReadonlyMap<string, readonly Post[]> | undefined;

  constructor(posts: readonly Post[], copies: ByNumber<LogEntry>) {
    this.#posts = posts;
    this.#copies = copies;
  }

  /**
   * A post that was sent to the same process when that had accepted the lost one, and before `killedMs`. It has to lie in the
   * partition of an earlier one: a key moves when its topic grows, and between two partitions there is no order.
   */
  laterOfKey(lost: Post, killedMs: number): Post | undefined {
    const ofKey = this.#ofKey(lost);
    const earlier = new Set(
      ofKey.filter(({ sentMs }) => sentMs < lost.sentMs).flatMap(({ id }) => this.#partitionsOf(id)),
    );
    return ofKey.find(
      ({ id, daemon, sentMs }) =>
        daemon === lost.daemon &&
        sentMs > lost.answeredMs! &&
        sentMs < killedMs &&
        this.#partitionsOf(id).some((partition) => earlier.has(partition)),
    );
  }

  #ofKey({ topic, key }: Post): readonly Post[] {
    this.#byKey ??= groupedBy(this.#posts, (post) => `${post.topic} ${post.key}`);
    return this.#byKey.get(`${topic} ${key}`) ?? [];
  }

  #partitionsOf(post: number): number[] {
    return this.#copies.get(post).map(({ partition }) => partition);
  }
}

/** By the post that wrote them. */
function copiesIn(log: readonly LogEntry[]): ByNumber<LogEntry> {
  const copies = new ByNumber<LogEntry>();
  for (const entry of log) copies.add(entry.post, entry);
  return copies;
}

/** *duplicate*: one post that lies in the log more than once, though brokers tell a batch that comes again. */
export function checkWrittenTwice({ log }: History): Violation[] {
  const copies = copiesIn(log);
  const again = new Set(log.filter((entry) => copies.get(entry.post)[0] !== entry).map(({ post }) => post));
  return [...again].map((post) => {
    const places = copies.get(post).map(placeOf);
    return {
      check: 'duplicate',
      atMs: 0,
      text: `post ${post} was written ${places.length} times: ${places.join(', ')}`,
    };
  });
}

export interface OrderCheck {
  readonly violations: readonly Violation[];
  /** Posts that had to lie behind another one. */
  readonly looked: number;
}

/** An answered post, and where its first copy lies. */
interface Placed {
  readonly post: Post;
  readonly entry: LogEntry;
}

/**
 * *reordered*: of two posts with one key to one process, the second sent when the first was answered, the first copy of the
 * first does not lie before that of the second. Of several such firsts the one that lies farthest behind is named.
 */
export function checkOrder({ posts, log }: History): OrderCheck {
  const copies = copiesIn(log);
  const placed: Placed[] = [];
  for (const post of posts) {
    const entry = post.outcome === 'written' || post.outcome === 'accepted' ? copies.get(post.id)[0] : undefined;
    if (entry) placed.push({ post, entry });
  }
  const ofKeys = groupedBy(placed, ({ post: { daemon, topic, key } }) => `${daemon} ${topic} ${key}`);
  const checks = [...ofKeys.values()].map(checkOrderOfKey);
  return {
    violations: checks.flatMap(({ violations }) => violations),
    looked: checks.reduce((sum, { looked }) => sum + looked, 0),
  };
}

function checkOrderOfKey(placed: readonly Placed[]): OrderCheck {
  const violations: Violation[] = [];
  let looked = 0;
  const byAnswer = [...placed].sort((a, b) => a.post.answeredMs! - b.post.answeredMs!);
  /** Of each partition, of those that were answered by then. */
  const farthest = new Map<number, Placed>();
  let answered = 0;
  for (const second of [...placed].sort((a, b) => a.post.sentMs - b.post.sentMs)) {
    for (; byAnswer[answered] && byAnswer[answered]!.post.answeredMs! < second.post.sentMs; answered++) {
      const { entry } = byAnswer[answered]!;
      if (entry.offset > (farthest.get(entry.partition)?.entry.offset ?? -1))
        farthest.set(entry.partition, byAnswer[answered]!);
    }
    const first = farthest.get(second.entry.partition);
    if (!first) continue;
    looked++;
    if (first.entry.offset < second.entry.offset) continue;
    const { id, daemon, key, answeredMs } = second.post;
    const text = `post ${first.post.id} was answered before post ${id} was sent to ${daemon} (${key}), and lies at ${placeOf(first.entry)}, behind ${placeOf(second.entry)}`;
    violations.push({ check: 'reordered', atMs: answeredMs!, text });
  }
  return { violations, looked };
}
