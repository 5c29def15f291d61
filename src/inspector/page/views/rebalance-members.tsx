import { counted, duration } from '../model/format.js';
import type { GroupHistory } from '../model/group-histories.js';
import type { GroupMember } from '../model/group-members.js';
import type { TopicHistory } from '../model/handovers-tracker.js';
import { shortRanges } from '../model/partitions-text.js';
import { actorOf, factsOf, silenceOf } from '../model/reasons-facts.js';
import { holderOf } from '../model/reasons.js';
import { holdsClaim, type SessionPhase } from '../model/partitions.js';
import type { World } from '../model/world.js';
import type { PageActions } from '../view.js';
import { colourOf, MemberMark } from './rebalance-mark.js';

/** Who left is shown a while longer. */
const goneShownMs = 60_000;
const membersShownMax = 40;

export interface RebalanceMembersProps {
  readonly world: World;
  readonly history: GroupHistory;
  readonly topic: TopicHistory | undefined;
  readonly actions: PageActions;
}

export function RebalanceMembers({ world, history, topic, actions }: RebalanceMembersProps) {
  const waits = topic ? waitsOf(world, history, topic) : [];
  const members = [...history.members.all]
    .filter(({ isPresent, sinceMs }) => isPresent || world.nowMs - sinceMs < goneShownMs)
    .sort((a, b) => a.order - b.order)
    .slice(0, membersShownMax);
  return (
    <section class="rb-members" aria-label="Members of the group">
      {members.map((member) => (
        <Member key={member.id} {...{ world, history, topic, member, waits, actions }} />
      ))}
    </section>
  );
}

interface MemberProps extends RebalanceMembersProps {
  readonly member: GroupMember;
  readonly waits: readonly Wait[];
}

function Member({ world, history, topic, member, waits, actions }: MemberProps) {
  const { id, isPresent, sinceMs } = member;
  const held = partitionsOf(topic, id);
  const holdsUp = waits.filter(({ holder }) => holder === id);
  const waitsFor = waits.filter(({ waiter }) => waiter === id);
  const address = addressOf(world, history, member);
  const age = duration(world.nowMs - sinceMs);
  const name = (member: string) => history.members.nameOf(member);
  return (
    <article class={`rb-card ${isPresent ? '' : 'gone'}`} style={{ '--member': colourOf(member) }}>
      <header>
        <MemberMark member={member} />
        {address === undefined ? (
          <strong class="rb-member-id">{name(id)}</strong>
        ) : (
          <button type="button" class="link" onClick={() => actions.select(address)}>
            {name(id)}
          </button>
        )}
        {name(id) !== id && (
          <span class="rb-member-id muted mono" title={id}>
            {id}
          </span>
        )}
      </header>
      <p>
        {isPresent ? `In the group for ${age}` : `Out of the group for ${age}`}
        {isPresent && held.length === 0 && `, ${whyNone(history, topic, member)}`}
        {held.length > 0 && (
          <>
            , has <b>{shortRanges(held)}</b>
          </>
        )}
      </p>
      <MemberSession {...{ world, history, member, address }} />
      {waitsFor.length > 0 && (
        <p class="tone tone-wait">
          Waits for {nameList(waitsFor.map(({ holder }) => (holder === undefined ? 'somebody' : name(holder))))} to
          release {shortRanges(waitsFor.map(({ partition }) => partition))}
        </p>
      )}
      {holdsUp.length > 0 && (
        <p class="tone tone-bad">
          Holds up {nameList(holdsUp.map(({ waiter }) => name(waiter)))}:{' '}
          {shortRanges(holdsUp.map(({ partition }) => partition))}
        </p>
      )}
    </article>
  );
}

function whyNone({ members, wasRead }: GroupHistory, topic: TopicHistory | undefined, { topics }: GroupMember): string {
  if (!topic || !wasRead || topics.length === 0) return 'has no partition';
  if (!topics.includes(topic.topic)) return `does not consume ${topic.topic}`;
  const consumers = [...members.all].filter((other) => other.isPresent && other.topics.includes(topic.topic)).length;
  const partitions = topic.partitions.length;
  return consumers > partitions && partitions > 0
    ? `has no partition: ${consumers} members share ${counted(partitions, 'partition')}`
    : 'has no partition';
}

const sessionWords: Readonly<Record<SessionPhase, readonly [tone: string, text: string]>> = {
  connecting: ['wait', 'Connecting to ZooKeeper'],
  connected: ['ok', 'ZooKeeper answers'],
  suspect: ['wait', 'ZooKeeper is silent'],
  lapsed: ['bad', 'Nothing is offered: ZooKeeper is silent'],
  overdue: ['bad', 'Claims may be lost: ZooKeeper is silent'],
  lost: ['bad', 'Session ended, a new one is opened'],
  closed: ['idle', 'Session closed'],
};

function MemberSession(props: Pick<MemberProps, 'world' | 'history' | 'member'> & { address: string | undefined }) {
  const { world, history, member, address } = props;
  const { daemon } = member;
  if (daemon === undefined)
    return <p class="muted">Another process: only its claims are known here, and not its reasons.</p>;
  const track = world.groups.session(daemon, history.cluster);
  if (!track) return null;
  if (!member.isPresent && member.missedSinceMs !== undefined && track.phase === 'connected')
    return <p class="tone tone-bad">ZooKeeper ended its session, and it has not noticed: it may be frozen.</p>;
  const silence = silenceOf(world, daemon, history.cluster);
  if (silence && track.isUnnoticed)
    return (
      <p class="tone tone-bad">
        ZooKeeper has not heard of it for {duration(silence.silentMs)}, its session lasts {duration(silence.timeoutMs)},
        and it has not noticed: it may be frozen.
      </p>
    );
  const [tone, text] = sessionWords[track.phase];
  const howLong = silence ? ` for ${duration(silence.silentMs)}, its session lasts ${duration(silence.timeoutMs)}` : '';
  const actor = address === undefined ? undefined : world.actors.get(address);
  const state = typeof actor?.value === 'string' && actor.goneAtMs === undefined ? actor.value : undefined;
  return (
    <p>
      <span class={`tone tone-${tone}`}>
        {text}
        {howLong}
      </span>
      {state !== undefined && state !== 'stable' && <span class="muted"> · {state}</span>}
    </p>
  );
}

interface Wait {
  readonly partition: number;
  readonly waiter: string;
  readonly holder: string | undefined;
}

/** Who waits for whose claim. */
function waitsOf(world: World, { cluster, group }: GroupHistory, topic: TopicHistory): Wait[] {
  return topic.partitions.flatMap(({ partition, open }) =>
    [...open]
      .filter(({ phase }) => phase === 'waiting')
      .map(({ member }) => {
        const facts = factsOf(world, { cluster, group, topic: topic.topic, partition });
        return { partition, waiter: member, holder: holderOf(facts, member) };
      }),
  );
}

function partitionsOf(topic: TopicHistory | undefined, id: string): number[] {
  const held: number[] = [];
  for (const history of topic?.partitions ?? []) {
    const segment = history.of(id);
    if (segment && holdsClaim(segment.phase)) held.push(history.partition);
  }
  return held;
}

function addressOf(world: World, { cluster, group }: GroupHistory, { daemon }: GroupMember): string | undefined {
  if (daemon === undefined) return undefined;
  return actorOf(world, daemon, cluster, 'group', group)?.address;
}

const nameList = (names: readonly string[]): string => [...new Set(names)].join(', ');
