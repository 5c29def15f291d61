import { counted, duration } from './format.js';
import type { GroupMember } from './group-members.js';
import { holdsClaim, isConsuming, type PartitionSegment } from './partitions.js';
import {
  actorOf,
  curlFor,
  factsOf,
  numberOf,
  silenceOf,
  textOf,
  type PartitionFacts,
  type PartitionPlace,
} from './reasons-facts.js';
import { reasonOfOwner } from './reasons-owner.js';
import type { Reason } from './reasons-reason.js';
import type { World } from './world.js';

/** What was read of a group within this time needs no word about its age. */
const freshMs = 5000;
/** A subscription names so many of its partitions, and no more. */
const assignedToldMax = 256;
const othersNamedMax = 5;

export function whyNotConsumed(world: World, place: PartitionPlace): Reason {
  const reason = reasonFor(world, place);
  return { ...reason, is: sentence(reason.is), next: sentence(reason.next) };
}

/** A name may come first, and `this daemon` is one. */
export const sentence = (text: string): string => (text.startsWith('this daemon') ? `T${text.slice(1)}` : text);

function reasonFor(world: World, place: PartitionPlace): Reason {
  const facts = factsOf(world, place);
  const { current } = facts;
  if (!current) return reasonOfNobody(facts);
  const waiting = waiterOf(facts);
  if (current.phase === 'held' && waiting) return reasonOfWaiting(factsOf(world, place, waiting), waiting);
  if (current.phase === 'held') return heldElsewhere(facts, current);
  if (current.phase === 'claiming' || current.phase === 'waiting') return reasonOfWaiting(facts, current);
  return reasonOfOwner(facts, current);
}

const waiterOf = ({ history }: PartitionFacts): PartitionSegment | undefined =>
  [...(history?.open ?? [])].find(({ phase }) => phase === 'waiting');

function heldElsewhere(
  { world, topic, cluster, group, name }: PartitionFacts,
  { member, fromMs }: PartitionSegment,
): Reason {
  const read = world.readings.get(`${cluster}/${group}`);
  const readMs = read ? world.nowMs - read.atMs : 0;
  const age = readMs > freshMs ? `, as read from ZooKeeper ${duration(readMs)} ago` : '';
  return {
    kind: 'held-elsewhere',
    tone: 'ok',
    short: `held by ${name(member)}`,
    is: `${name(member)} has held the claim for at least ${duration(world.nowMs - fromMs)}${age}.`,
    next: `It belongs to another process: whether it reads ${topic} can only be seen there, or from the offsets that it commits.`,
    member,
  };
}

/** Somebody wants it; who holds the claim, and for how long may that last? */
function reasonOfWaiting(facts: PartitionFacts, { member, phase, fromMs }: PartitionSegment): Reason {
  const { world, owner, name } = facts;
  const holder = holderOf(facts, member);
  if (phase === 'claiming' && holder === undefined)
    return {
      kind: 'taking-over',
      tone: 'wait',
      short: `${name(member)} claims it`,
      is: `${name(member)} is creating its claim in ZooKeeper.`,
      next: 'It reads the committed offset next, and then the messages.',
      member,
    };
  const since = duration(world.nowMs - fromMs);
  const hasOther = facts.history?.current?.member !== member;
  const tries = numberOf(owner, 'tries');
  const tried = tries === undefined || tries < 2 ? '' : ` It has tried ${tries} times.`;
  return {
    kind: 'waiting-for-claim',
    tone: 'wait',
    short: hasOther ? `${name(member)} waits` : `waits for ${holder === undefined ? 'the claim' : name(holder)}`,
    is: `${name(member)} has waited ${since} for the claim of ${holder === undefined ? 'a member that is not known here' : name(holder)}.${tried}`,
    next: untilFreed(facts, holder, member),
    member,
    ...(holder !== undefined && { holder }),
  };
}

/** `undefined`: nobody that we know. */
export function holderOf(
  { history, owner, world, cluster, group, topic, partition }: PartitionFacts,
  waiter: string,
): string | undefined {
  for (const { member, phase } of history?.open ?? []) if (member !== waiter && holdsClaim(phase)) return member;
  const told = textOf(owner, 'holder');
  if (told !== '') return told;
  const read = world.readings.get(`${cluster}/${group}`)?.picture.owners;
  const owned = read?.find((one) => one.topic === topic && one.partition === partition)?.member;
  // Its claim may be gone already; if nobody else is known it is not.
  return owned ?? [...(history?.open ?? [])].find(({ phase }) => phase === 'overdue')?.member;
}

function untilFreed(
  { world, history, cluster, owner, name }: PartitionFacts,
  holder: string | undefined,
  waiter: string,
): string {
  if (holder === undefined) return 'It tries again and again, and is told when the claim is freed.';
  if (holder === waiter)
    return `The claim is of an older session of ${name(waiter)}; ZooKeeper deletes it when that session is over, after its timeout at most.`;
  const held = history?.of(holder);
  const daemon = held?.address === undefined ? undefined : world.actors.get(held.address)?.place.daemon;
  if (!held || daemon === undefined) {
    const session = textOf(owner, 'holderSession');
    const of = session === '' ? '' : ` ${session}`;
    return `${name(holder)} is another process: it has to release the partition, or its session${of} has to end, which takes its session timeout at most.`;
  }
  const silence = silenceOf(world, daemon, cluster);
  if (silence) {
    const leftMs = silence.timeoutMs - silence.silentMs;
    const left = leftMs > 0 ? `in ${duration(leftMs)} at the latest` : 'any moment';
    return `ZooKeeper has not heard of ${name(holder)} for ${duration(silence.silentMs)}; it ends that session, and frees the claim, ${left}.`;
  }
  if (isConsuming(held.phase))
    return `${name(holder)} still reads; it releases the partition when it has seen who is in the group now.`;
  return `${name(holder)} lets go of it: ${stepWords[held.phase] ?? 'it is about to release its claim'}.`;
}

const stepWords: Readonly<Record<string, string>> = {
  settling: 'it waits for acknowledgements of what it has offered',
  committing: 'it commits its last offset',
  releasing: 'it deletes its claim',
  paused: 'ZooKeeper does not answer it',
};

/** Nobody has it and nobody tries to get it. */
function reasonOfNobody(facts: PartitionFacts): Reason {
  const { world, cluster, group, topic, subscriptions, name } = facts;
  const [subscription] = subscriptions;
  const command = curlFor(world.head, facts);
  if (!subscription) return nobodyAsked(facts, command);
  const member = world.groups.memberId(world, subscription.place);
  const session = world.groups.session(subscription.place.daemon, cluster);
  if (session && session.phase !== 'connected' && session.phase !== 'suspect')
    return {
      kind: 'zookeeper-away',
      tone: 'bad',
      short: 'no ZooKeeper',
      is: `${name(member)} has had no session with ZooKeeper for ${duration(world.nowMs - session.sinceMs)}, so it can claim nothing.`,
      next: 'It connects again by itself; look at whether ZooKeeper runs and can be reached.',
    };
  const waits = textOf(subscription, 'waits');
  const metadata = actorOf(world, subscription.place.daemon, cluster, 'metadata');
  if (waits === 'unknown-topic')
    return {
      kind: 'topic-unknown',
      tone: 'bad',
      short: 'no such topic',
      is: `Kafka does not know the topic ${topic}.`,
      next: 'Create it, or look for a slip in its name; it is consumed as soon as it is there.',
    };
  if (waits === 'kafka-access-denied')
    return {
      kind: 'kafka-away',
      tone: 'bad',
      short: 'refused by Kafka',
      is: `The brokers do not let ${name(member)} read ${topic}.`,
      next: 'Give it the right to read the topic and the group, or correct its credentials; the log of the daemon has what they said.',
    };
  if (waits === 'kafka-away' || metadata?.value === 'unreachable')
    return {
      kind: 'kafka-away',
      tone: 'bad',
      short: 'no Kafka',
      is: `No broker tells ${name(member)} which partitions ${topic} has.`,
      next: 'It asks again and again; look at whether the brokers run and can be reached.',
    };
  if (subscription.value === 'leaving' || subscription.value === 'releasing')
    return {
      kind: 'giving-up',
      tone: 'idle',
      short: 'being given up',
      is: `Nobody asks ${name(member)} for messages of ${topic} any more, so it gives the topic up.`,
      next: 'The other members take its partitions over; the next request brings it back.',
      command,
    };
  const others = othersWhoConsume(facts);
  if (others.length > 0 && subscriptions.every((one) => fallsToOthers(one, facts.partition)))
    return notClaimed(facts, others);
  return {
    kind: 'joining',
    tone: 'wait',
    short: 'being assigned',
    is: `The members of ${group} are finding out who gets which partition of ${topic}.`,
    next: 'It takes a moment; the partition then is claimed by one of them.',
  };
}

/** Members of other processes. */
function othersWhoConsume({ world, cluster, group, topic }: PartitionFacts): GroupMember[] {
  return [...(world.groups.of(cluster, group)?.members.all ?? [])].filter(
    ({ isPresent, topics, daemon }) => isPresent && daemon === undefined && topics.includes(topic),
  );
}

/** It knows what it was assigned, and this partition is not among it. */
function fallsToOthers(subscription: PartitionFacts['subscriptions'][number], partition: number): boolean {
  const { value } = subscription;
  const subscribed = typeof value === 'object' ? String(value['subscribed']) : '';
  if (!['standby', 'consuming', 'rebalancing'].includes(subscribed)) return false;
  const assigned = textOf(subscription, 'assigned').split(' ');
  return assigned.length < assignedToldMax && !assigned.includes(String(partition));
}

function notClaimed({ topic }: PartitionFacts, others: readonly GroupMember[]): Reason {
  const ids = others.slice(0, othersNamedMax).map(({ id }) => id);
  const more = others.length > ids.length ? ` and ${others.length - ids.length} more` : '';
  return {
    kind: 'joining',
    tone: 'wait',
    short: 'not claimed',
    is: `${counted(others.length, 'member')} of other processes ${others.length === 1 ? 'consumes' : 'consume'} ${topic}, and none holds this partition.`,
    next: `${others.length === 1 ? 'It' : 'One of them'} ought to claim it: ${ids.join(', ')}${more}.`,
  };
}

function nobodyAsked(facts: PartitionFacts, command: string): Reason {
  const { world, cluster, group, topic } = facts;
  const history = world.groups.of(cluster, group);
  const others = othersWhoConsume(facts);
  if (others.length > 0) return notClaimed(facts, others);
  const idle = history?.members.signs.findLast((sign) => sign.kind === 'idle' && sign.topic === topic);
  return {
    kind: 'nobody-asked',
    tone: 'idle',
    short: 'nobody asks',
    is: idle
      ? `Nobody consumes ${topic} in ${group}: ${idle.text}, ${duration(world.nowMs - idle.atMs)} ago.`
      : `Nobody consumes ${topic} in ${group}.`,
    next: 'A request for a message makes its daemon a member of the group.',
    command,
  };
}
