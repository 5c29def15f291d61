import type { StreamHead } from '../../protocol.js';
import type { SessionTrack } from './group-histories.js';
import type { PartitionHistory, PartitionSegment } from './partitions.js';
import type { ActorView } from './picture.js';
import type { World } from './world.js';

export interface PartitionPlace {
  readonly cluster: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

/** What a reason is found from. Each part may be unknown: it was not told, or it is not there. */
export interface PartitionFacts extends PartitionPlace {
  readonly world: World;
  readonly history: PartitionHistory | undefined;
  /** Of whom something is to be said; who has it, or comes nearest to it. */
  readonly current: PartitionSegment | undefined;
  readonly owner: ActorView | undefined;
  /** Of this topic, of daemons that we see into; those that live. */
  readonly subscriptions: readonly ActorView[];
  /** Of the daemon of `current`. */
  readonly subscription: ActorView | undefined;
  readonly session: SessionTrack | undefined;
  /** What sentences call a member. */
  name(member: string): string;
}

/** `of`: says what is to be known of that one, instead of who has the partition. */
export function factsOf(world: World, place: PartitionPlace, of?: PartitionSegment): PartitionFacts {
  const { cluster, group, topic, partition } = place;
  const history = world.groups.of(cluster, group)?.topic(topic)?.partition(partition);
  const current = of ?? history?.current;
  const owner = current?.address === undefined ? undefined : world.actors.get(current.address);
  const subscriptions = world.head.daemons.flatMap(({ name }) => {
    const subscription = actorOf(world, name, cluster, 'group', group, 'topic', topic);
    return subscription && subscription.goneAtMs === undefined ? [subscription] : [];
  });
  const daemon = owner?.place.daemon;
  return {
    ...place,
    world,
    history,
    current,
    owner,
    subscriptions,
    subscription: subscriptions.find((subscription) => subscription.place.daemon === daemon),
    session: daemon === undefined ? undefined : world.groups.session(daemon, cluster),
    name: (member) => world.groups.of(cluster, group)?.members.nameOf(member) ?? member,
  };
}

/** A number that an actor said of itself; `undefined`: it did not, or it does not know. */
export function numberOf(actor: Readonly<ActorView> | undefined, name: string): number | undefined {
  const value = actor?.sample.load[name];
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

export function textOf(actor: Readonly<ActorView> | undefined, name: string): string {
  const value = actor?.sample.load[name];
  return typeof value === 'string' ? value : '';
}

/** Of a daemon by its name; `names`: from the cluster down. */
export function actorOf(world: World, daemon: string, ...names: readonly string[]): ActorView | undefined {
  const path = names.map(encodeURIComponent).join('/');
  return world.actors.get(daemon === '' ? path : `${daemon}:${path}`);
}

/** Shares of the session timeout after which a session is in these states. */
const silentShare = { suspect: 1 / 2, lapsed: 2 / 3, overdue: 1 } as const;

export interface Silence {
  /** Since the last answer. */
  readonly silentMs: number;
  readonly timeoutMs: number;
}

/** How long ZooKeeper has not answered a daemon; `undefined`: it does, or its session timeout is not known. */
export function silenceOf(world: World, daemon: string, cluster: string): Silence | undefined {
  const track = world.groups.session(daemon, cluster);
  const session = actorOf(world, daemon, cluster, 'zookeeper');
  const timeoutMs = numberOf(session, 'timeoutMs');
  if (!track || timeoutMs === undefined || timeoutMs === 0) return undefined;
  const { phase, sinceMs, isUnnoticed } = track;
  if (isUnnoticed) return { silentMs: numberOf(session, 'silentMs') ?? timeoutMs, timeoutMs };
  if (phase !== 'suspect' && phase !== 'lapsed' && phase !== 'overdue') return undefined;
  return { silentMs: silentShare[phase] * timeoutMs + world.nowMs - sinceMs, timeoutMs };
}

/** The same, of a daemon that goes on as if ZooKeeper answered: nothing of it seems to run. */
export function unnoticedSilenceOf(world: World, daemon: string, cluster: string): Silence | undefined {
  const isUnnoticed = world.groups.session(daemon, cluster)?.isUnnoticed === true;
  return isUnnoticed ? silenceOf(world, daemon, cluster) : undefined;
}

/** The offset whose acknowledgement the committed one waits for, while later ones are acknowledged; `undefined`: none. */
export function awaitedAckOf(owner: Readonly<ActorView> | undefined): number | undefined {
  return textOf(owner, 'gaps') === '' ? undefined : numberOf(owner, 'committed');
}

/** How to ask for a message of a topic, as a command; of a daemon that listens, if one is known. */
export function curlFor(head: StreamHead, { cluster, group, topic }: Omit<PartitionPlace, 'partition'>): string {
  const listens = head.daemons.find(({ listens }) => listens.length > 0)?.listens[0] ?? 'localhost:19092';
  const base = listens.includes('://') ? listens : `http://${listens}`;
  const clusters = new Set(head.daemons.flatMap(({ memberIds }) => Object.keys(memberIds)));
  const path = clusters.size > 1 ? `/clusters/${encodeURIComponent(cluster)}` : '';
  return `curl '${base}${path}/topics/${encodeURIComponent(topic)}/messages?group=${encodeURIComponent(group)}'`;
}
