import type { History, LogEntry, Post, Truncation, Violation } from './history.js';
import { groupedBy, ms, partitionOf, placeOf, strikes } from './places.js';

/**
 * *lost*: a post that was answered as written does not lie where the answer says, or one that was accepted does not lie
 * anywhere, and its process was not killed. *refused and written*: an answer said that nothing was written. What all in-sync
 * replicas had when it was acknowledged is not lost by us where an unclean election has cut it off.
 */
export function checkPosts({ posts, log, faults, truncations }: History): Violation[] {
  const copies = groupedBy(log, ({ post }) => String(post));
  const cutOff = acknowledgedAndCutOff(truncations);
  const killed = faults.filter(({ costs }) => costs.includes('memory'));
  return posts.flatMap((post): Violation[] => {
    const at = copies.get(String(post.id)) ?? [];
    const atMs = post.answeredMs ?? post.sentMs;
    const who = `post ${post.id} (${post.sync ? 'sync' : 'async'}, ${post.key} #${post.sequence}, ${post.daemon})`;
    const mayBeLost = cutOff.has(post.id) && at.length === 0;
    if (post.outcome === 'written' && !mayBeLost && !at.some((entry) => isAt(post, entry))) {
      const found = at.length === 0 ? 'nowhere' : `at ${at.map(placeOf).join(', ')}`;
      const said = `${post.topic}/${post.partition}@${post.offset}`;
      return [{ check: 'lost', atMs, text: `${who} was answered with ${said}, and lies ${found}` }];
    }
    if (post.outcome === 'accepted' && !mayBeLost && at.length === 0) {
      if (killed.some((fault) => strikes(fault, post.daemon) && fault.fromMs >= post.sentMs)) return [];
      return [{ check: 'lost', atMs, text: `${who} was accepted at ${ms(atMs)}, and lies nowhere` }];
    }
    if (post.outcome === 'refused' && at.length > 0) {
      const text = `${who} was refused (${post.detail}), and lies at ${at.map(placeOf).join(', ')}`;
      return [{ check: 'refused and written', atMs, text }];
    }
    return [];
  });
}

const acknowledgedAndCutOff = (truncations: readonly Truncation[]): ReadonlySet<number> =>
  new Set(
    truncations.flatMap(({ posts, fromOffset, acknowledgedOffset }) => posts.slice(0, acknowledgedOffset - fromOffset)),
  );

const isAt = (post: Post, entry: LogEntry): boolean =>
  entry.topic === post.topic && entry.partition === post.partition && entry.offset === post.offset;

/** *duplicate*: one post that lies in the log more than once, though brokers tell a batch that comes again. */
export function checkWrittenTwice({ log }: History): Violation[] {
  return [...groupedBy(log, ({ post }) => String(post))].flatMap(([post, copies]) =>
    copies.length < 2
      ? []
      : [
          {
            check: 'duplicate',
            atMs: 0,
            text: `post ${post} was written ${copies.length} times: ${copies.map(placeOf).join(', ')}`,
          },
        ],
  );
}

/**
 * *reordered*: of two posts with one key to one process, the second sent when the first was answered, the first copy of the
 * first does not lie before that of the second.
 */
export function checkOrder({ posts, log }: History): Violation[] {
  const firstCopy = new Map<number, LogEntry>();
  for (const entry of log) if (!firstCopy.has(entry.post)) firstCopy.set(entry.post, entry);
  const answered = posts.filter(({ outcome }) => outcome === 'written' || outcome === 'accepted');
  const violations: Violation[] = [];
  for (const [, ofKey] of groupedBy(answered, ({ daemon, topic, key }) => `${daemon} ${topic} ${key}`)) {
    const sorted = ofKey.sort((a, b) => a.sentMs - b.sentMs);
    for (const [at, second] of sorted.entries())
      for (const first of sorted.slice(0, at)) {
        if (first.answeredMs! >= second.sentMs) continue;
        const [a, b] = [firstCopy.get(first.id), firstCopy.get(second.id)];
        if (!a || !b || partitionOf(a) !== partitionOf(b) || a.offset < b.offset) continue;
        const text = `post ${first.id} was answered before post ${second.id} was sent to ${second.daemon} (${second.key}), and lies at ${placeOf(a)}, behind ${placeOf(b)}`;
        violations.push({ check: 'reordered', atMs: second.answeredMs!, text });
      }
  }
  return violations;
}
