import { counted, duration } from './format.js';
import type { PartitionPhase, PartitionSegment } from './partitions.js';
import {
  actorOf,
  awaitedAckOf,
  curlFor,
  numberOf,
  silenceOf,
  textOf,
  unnoticedSilenceOf,
  type PartitionFacts,
} from './reasons-facts.js';
import type { Reason } from './reasons-reason.js';

/** Of a partition whose claim one of our own members has. */
export function reasonOfOwner(facts: PartitionFacts, current: PartitionSegment): Reason {
  const { phase } = current;
  if (phase === 'paused' || phase === 'overdue') return zooKeeperSilent(facts, current);
  if (phase === 'settling' || phase === 'committing' || phase === 'releasing') return handingOver(facts, current);
  if (phase === 'positioning' || phase === 'setting') return takingOver(facts, current);
  if (phase === 'restarting') return restarting(facts, current);
  return reading(facts, current);
}

function zooKeeperSilent(
  { world, owner, cluster, session, name }: PartitionFacts,
  { member, phase }: PartitionSegment,
): Reason {
  if (session && (session.phase === 'lost' || session.phase === 'connecting'))
    return {
      kind: 'zookeeper-away',
      tone: 'bad',
      short: 'session lost',
      is: `${name(member)} lost its session with ZooKeeper ${duration(world.nowMs - session.sinceMs)} ago, and its claims with it.`,
      next: 'It opens a new one by itself and claims anew; until then it offers nothing, and another member may take over.',
      member,
    };
  const silence = owner && silenceOf(world, owner.place.daemon, cluster);
  const howLong = silence
    ? `for ${duration(silence.silentMs)}, of the ${duration(silence.timeoutMs)} that its session lasts`
    : `for ${phase === 'paused' ? 'two thirds of its session timeout' : 'all of its session timeout'}`;
  const since = session ? ` Nothing has been offered for ${duration(world.nowMs - session.sinceMs)}.` : '';
  if (phase === 'overdue')
    return {
      kind: 'zookeeper-silent',
      tone: 'bad',
      short: 'no word of ZooKeeper',
      is: `ZooKeeper has not answered ${name(member)} ${howLong}.`,
      next: 'Another member may have the partition by now, so nothing is offered or committed until ZooKeeper answers.',
      member,
    };
  const left = silence ? `in ${duration(Math.max(0, silence.timeoutMs - silence.silentMs))}` : 'soon';
  return {
    kind: 'zookeeper-silent',
    tone: 'bad',
    short: 'no word of ZooKeeper',
    is: `ZooKeeper has not answered ${name(member)} ${howLong}.${since}`,
    next: `An answer lets it go on; without one ZooKeeper ends the session ${left}, and another member takes over.`,
    member,
  };
}

function handingOver({ owner, name }: PartitionFacts, { member, phase }: PartitionSegment): Reason {
  const offered = numberOf(owner, 'offered');
  const messages = offered === undefined ? 'the messages that it has offered' : counted(offered, 'message');
  const gaps = textOf(owner, 'gaps');
  const steps: Partial<Record<PartitionPhase, readonly [string, string, string]>> = {
    settling: [
      'waits for acks',
      `${name(member)} gives the partition up and waits for the acknowledgement of ${messages}.`,
      `It commits and releases when they are in, or when their time is over${gaps === '' ? '' : `; acknowledged out of order: ${gaps}`}.`,
    ],
    committing: [
      'commits',
      `${name(member)} gives the partition up and commits its last offset.`,
      'It deletes its claim next.',
    ],
    releasing: [
      'releases',
      `${name(member)} deletes its claim in ZooKeeper.`,
      'Whoever is to have the partition is told at once and claims it.',
    ],
  };
  const [short, is, next] = steps[phase]!;
  return { kind: 'handing-over', tone: 'wait', short: `${name(member)} ${short}`, is, next, member };
}

function takingOver({ owner, world, name }: PartitionFacts, { member, phase, fromMs }: PartitionSegment): Reason {
  if (owner?.value === 'positioningLater')
    return {
      kind: 'kafka-away',
      tone: 'bad',
      short: 'offset not read',
      is: `${name(member)} holds the claim and has not been able to read the committed offset for ${duration(world.nowMs - fromMs)}.`,
      next: 'It tries again and again; look at whether the brokers run and lead this partition.',
      member,
    };
  return {
    kind: 'taking-over',
    tone: 'wait',
    short: phase === 'setting' ? 'position is set' : `${name(member)} takes over`,
    is:
      phase === 'setting'
        ? `An operator has set another position; ${name(member)} commits it.`
        : `${name(member)} holds the claim and reads the committed offset.`,
    next: 'It reads messages from there next.',
    member,
  };
}

function restarting({ name }: PartitionFacts, { member }: PartitionSegment): Reason {
  return {
    kind: 'restarting',
    tone: 'bad',
    short: 'starts again',
    is: `The part of ${name(member)} that owns this partition failed and is being started again.`,
    next: 'It claims and reads again in a moment; the reason is in the log of its daemon.',
    member,
  };
}

function reading(facts: PartitionFacts, current: PartitionSegment): Reason {
  const { owner, world, name } = facts;
  const { member, phase, fromMs } = current;
  if (phase === 'blocked')
    return {
      kind: 'blocked',
      tone: 'bad',
      short: 'cannot be decoded',
      is: `${name(member)} cannot decode the next batch, at offset ${numberOf(owner, 'fetchOffset') ?? 'unknown'}, for ${duration(world.nowMs - fromMs)}.`,
      next: 'It tries again and again and skips nothing; to go on behind the batch, set the offset of the group.',
      member,
    };
  return frozen(facts, member) ?? withoutBroker(facts, member) ?? full(facts, current) ?? flowing(facts, member);
}

function frozen({ world, owner, cluster, name }: PartitionFacts, member: string): Reason | undefined {
  const silence = owner && unnoticedSilenceOf(world, owner.place.daemon, cluster);
  if (!silence) return undefined;
  const { silentMs, timeoutMs } = silence;
  const left = silentMs < timeoutMs ? `in ${duration(timeoutMs - silentMs)}` : 'any moment';
  return {
    kind: 'zookeeper-silent',
    tone: 'bad',
    short: 'may be frozen',
    is: `ZooKeeper has not heard of ${name(member)} for ${duration(silentMs)}, and it has not noticed: its process may be frozen.`,
    next: `ZooKeeper ends its session ${left}, and another member takes over; look at whether that process runs.`,
    member,
  };
}

function withoutBroker(
  { owner, world, group, session, cluster, name }: PartitionFacts,
  member: string,
): Reason | undefined {
  const leader = owner?.sample.load['leader'];
  if (leader === -1)
    return {
      kind: 'no-leader',
      tone: 'bad',
      short: 'no leader',
      is: 'No broker leads this partition, so nothing can be read from it.',
      next: `${name(member)} goes on as soon as there is a leader; look at whether the brokers with its replicas run.`,
      member,
    };
  const fetcher =
    owner &&
    typeof leader === 'number' &&
    actorOf(world, owner.place.daemon, cluster, 'group', group, 'fetcher', String(leader));
  if (fetcher && fetcher.goneAtMs === undefined && fetcher.value === 'backingOff')
    return {
      kind: 'kafka-away',
      tone: 'bad',
      short: `broker ${leader} is away`,
      is: `Broker ${leader}, which leads this partition, does not answer ${name(member)}.`,
      next: 'It asks again and again, and follows when another broker leads.',
      member,
    };
  if (session?.phase !== 'suspect' || !owner) return undefined;
  const silence = silenceOf(world, owner.place.daemon, cluster);
  const howLong = silence ? `for ${duration(silence.silentMs)}` : 'for half of its session timeout';
  const pauses = silence ? `in ${duration(Math.max(0, (silence.timeoutMs * 2) / 3 - silence.silentMs))}` : 'soon';
  return {
    kind: 'zookeeper-silent',
    tone: 'wait',
    short: 'ZooKeeper is silent',
    is: `${name(member)} still offers messages, but ZooKeeper has not answered it ${howLong}.`,
    next: `Without an answer it stops offering ${pauses}, at two thirds of the session timeout.`,
    member,
  };
}

function full({ owner, subscription, name }: PartitionFacts, { member, phase }: PartitionSegment): Reason | undefined {
  const offered = numberOf(owner, 'offered') ?? 0;
  const buffered = numberOf(owner, 'buffered') ?? 0;
  const pendingMax = numberOf(owner, 'pendingMax');
  const isAllOut = pendingMax !== undefined && offered >= pendingMax;
  if (!isAllOut && phase !== 'full') return undefined;
  if (!isAllOut)
    return {
      kind: 'nobody-polls',
      tone: 'ok',
      short: 'messages are ready',
      is: `${name(member)} has read ahead as far as it may${buffered > 0 ? `: ${counted(buffered, 'message')} wait for requests` : ''}${heldBack(owner)}.`,
      next:
        (numberOf(subscription, 'polls') ?? 0) > 0
          ? 'Requests wait and are being served.'
          : 'Clients ask more slowly than messages come; more requests at a time make it faster.',
      member,
    };
  return {
    kind: 'full',
    tone: 'bad',
    short: `${offered} not acknowledged`,
    is: `${counted(offered, 'message')} of this partition were offered and are not acknowledged; as many as may be.`,
    next: 'Acknowledge them, or wait until the time for it is over and they are offered again; check the clients that use noAck.',
    member,
  };
}

/** Why the lag may grow although messages are acknowledged. */
function heldBack(owner: PartitionFacts['owner']): string {
  const offset = awaitedAckOf(owner);
  return offset === undefined ? '' : `; the committed offset waits for the acknowledgement of offset ${offset}`;
}

function flowing(facts: PartitionFacts, member: string): Reason {
  const { owner, subscription, world, name } = facts;
  const lag = numberOf(owner, 'lag');
  const polls = numberOf(subscription, 'polls');
  const buffered = numberOf(owner, 'buffered') ?? 0;
  const quietMs = numberOf(subscription, 'quietMs');
  const idleAfterMs = numberOf(subscription, 'idleAfterMs');
  const behind = lag === undefined ? '' : lag === 0 ? ', up to its end' : `, ${counted(lag, 'message')} behind its end`;
  if (polls === 0 && quietMs !== undefined && quietMs > 1000) {
    const leftMs = idleAfterMs === undefined ? undefined : Math.max(0, idleAfterMs - quietMs);
    return {
      kind: 'idle-soon',
      tone: 'idle',
      short: `nobody asks for ${duration(quietMs)}`,
      is: `${name(member)} reads this partition${behind}, but nobody has asked it for a message for ${duration(quietMs)}.`,
      next: `Another request keeps it; without one it gives the topic up${leftMs === undefined ? '' : ` in ${duration(leftMs)}`}.`,
      command: curlFor(world.head, facts),
      member,
    };
  }
  if (polls === 0 && buffered > 0)
    return {
      kind: 'nobody-polls',
      tone: 'ok',
      short: 'messages are ready',
      is: `${name(member)} has ${counted(buffered, 'message')} ready, and no request waits just now${behind === '' ? '' : `; it is${behind.slice(1)}`}${heldBack(owner)}.`,
      next: 'Clients ask more slowly than messages come; more requests at a time make it faster.',
      member,
    };
  return {
    kind: 'consumed',
    tone: 'ok',
    short: lag === undefined ? 'is read' : lag === 0 ? 'read to its end' : `${lag.toLocaleString('en')} behind`,
    is: `${name(member)} reads this partition${behind}${heldBack(owner)}.`,
    next:
      polls === undefined || polls === 0
        ? 'The next request gets the next message.'
        : `${counted(polls, 'request')} ${polls === 1 ? 'waits' : 'wait'} for the next message.`,
    member,
  };
}
