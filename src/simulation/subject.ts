import type { History, Violation } from '../verdict/history.js';
import { partitionOf, placeOf } from '../verdict/places.js';

/** What a violation is about, as far as its text and the history tell. An empty set: anything may be meant. */
export interface Subject {
  readonly posts: ReadonlySet<number>;
  /** `orders/3@17`. */
  readonly places: ReadonlySet<string>;
  /** `orders/3`. */
  readonly partitions: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly daemons: ReadonlySet<string>;
  /** Of an actor, as displayed; where one is named, it and those around it are meant. */
  readonly address: string | undefined;
}

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1]!);

/** Reads it from the words, which checks share: a post, a place, a group, a daemon, an address, a request. */
export function subjectOf({ text }: Violation, { posts: allPosts, log, groups: allGroups }: History): Subject {
  const named = new Set(all(text, /\bpost (\d+)/g).map(Number));
  const places = new Set(all(text, /([\w.-]+\/\d+@\d+)/g));
  const address = /\b(d\d+:[^\s]*)/.exec(text)?.[1] ?? askedAddress(text);
  const partitions = new Set([...places].map((place) => place.slice(0, place.indexOf('@'))));
  const owned = /\/topic\/([^/\s]+)\/partition\/(\d+)/.exec(address ?? '');
  if (owned) partitions.add(`${owned[1]}/${owned[2]}`);
  const produced = /\/producer\/([^/\s]+)\/(\d+)/.exec(address ?? '');
  if (produced) partitions.add(`${produced[1]}/${produced[2]}`);
  // Of a message, every try to post it.
  const keys = new Set(allPosts.filter(({ id }) => named.has(id)).map(({ key, sequence }) => `${key} ${sequence}`));
  const posts = new Set(named);
  for (const { id, key, sequence } of allPosts) if (keys.has(`${key} ${sequence}`)) posts.add(id);
  for (const entry of log) {
    if (places.has(placeOf(entry))) posts.add(entry.post);
    else if (named.has(entry.post)) places.add(placeOf(entry));
    if (named.has(entry.post)) partitions.add(partitionOf(entry));
  }
  const groups = new Set(
    [...all(text, /\bgroup[ =/]([\w.-]+)/g)].filter((name) => allGroups.some((group) => group.name === name)),
  );
  return { posts, places, partitions, groups, daemons: new Set(all(text, /\b(d\d+)\b/g)), address };
}

/** Who had to answer: `c1 asked d1 for /topics/orders/messages?group=g`. */
function askedAddress(text: string): string | undefined {
  const { daemon, topic, group } =
    /asked (?<daemon>d\d+) for \/topics\/(?<topic>[\w.-]+)\/\w+\?(?:group=(?<group>[\w.-]+))?/.exec(text)?.groups ?? {};
  if (daemon === undefined) return undefined;
  return group === undefined
    ? `${daemon}:default/producer/${topic}`
    : `${daemon}:default/group/${group}/topic/${topic}`;
}
