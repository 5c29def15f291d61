import type { GroupPicture, InspectRecord } from '../../protocol.js';
import { GroupMembers, type GroupSign, type SignKind } from './group-members.js';
import { TopicHistory } from './handovers-tracker.js';
import { phaseOf, sessionPhaseOf, type SessionPhase } from './partitions.js';
import type { ActorView, WorldSoFar } from './picture.js';
import type { Place } from './place.js';

/** Groups of all clusters, the one that was seen first is dropped first. */
const groupsMax = 100;
/** Of one group; those above are not shown. */
const topicsPerGroupMax = 100;

/** Of the session timeout: a daemon that runs has noticed at half of it; the rest is for numbers that are a second old. */
const unnoticedShare = 2 / 3;

/** One that has just joined, or just left, may be missing in a reading that began before. */
const missedMs = 1500;

export interface SessionTrack {
  readonly phase: SessionPhase;
  readonly sinceMs: number;
  /** Its machine still believes in it although ZooKeeper has long been silent: nothing of the daemon seems to run. */
  readonly isUnnoticed: boolean;
}

/** One group of one cluster. */
export class GroupHistory {
  readonly cluster: string;
  readonly group: string;
  /** When it was seen first. */
  readonly sinceMs: number;
  readonly members = new GroupMembers();
  readonly #topics = new Map<string, TopicHistory>();
  wasRead = false;

  constructor(cluster: string, group: string, sinceMs: number) {
    this.cluster = cluster;
    this.group = group;
    this.sinceMs = sinceMs;
  }

  /** Sorted by name. */
  get topics(): readonly TopicHistory[] {
    return [...this.#topics.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1));
  }

  topic(name: string): TopicHistory | undefined {
    return this.#topics.get(name);
  }

  /** `undefined`: there are as many as may be. */
  know(name: string): TopicHistory | undefined {
    const known = this.#topics.get(name);
    if (known || this.#topics.size >= topicsPerGroupMax) return known;
    const topic = new TopicHistory(name);
    this.#topics.set(name, topic);
    return topic;
  }

  note(sign: Omit<GroupSign, 'topic'> & { topic?: string }): void {
    const noted = this.members.note(sign);
    for (const topic of this.#topics.values()) topic.explainLate(noted);
  }

  /** What nobody has and nobody is there to take is not handed over any more. */
  abandonIfEmpty(atMs: number): void {
    if (this.members.isEmpty) for (const topic of this.#topics.values()) topic.abandon(atMs, this.members);
  }

  /** `why`: what is said if that is news. */
  setPresent(id: string, isPresent: boolean, atMs: number, why?: { kind: SignKind; text: string }): void {
    const member = this.members.get(id);
    if (!member || member.isPresent === isPresent) return;
    member.isPresent = isPresent;
    if (isPresent) member.missedSinceMs = undefined;
    member.sinceMs = atMs;
    if (why) this.note({ atMs, member: id, ...why });
    if (!isPresent) this.abandonIfEmpty(atMs);
  }
}

/** How partitions went from member to member, for each group and topic; and how far each session could be trusted. */
export class GroupHistories {
  readonly #groups = new Map<string, GroupHistory>();
  readonly #sessions = new Map<string, SessionTrack>();
  /** By daemon and cluster; a daemon that is gone from the head may still have something to end. */
  readonly #memberIds = new Map<string, string>();

  /** In the order in which they were seen first. */
  get all(): IterableIterator<GroupHistory> {
    return this.#groups.values();
  }

  of(cluster: string, group: string): GroupHistory | undefined {
    return this.#groups.get(`${cluster}/${group}`);
  }

  /** Of a daemon, by its name; `undefined`: nothing was told of it. */
  session(daemon: string, cluster: string): SessionTrack | undefined {
    return this.#sessions.get(`${daemon}:${cluster}`);
  }

  /** As the group knows the daemon that an address is of. */
  memberId({ head }: Pick<WorldSoFar, 'head'>, { daemon, cluster }: Place): string {
    const key = `${daemon}:${cluster}`;
    const ids = head.daemons.find(({ name }) => name === daemon)?.memberIds;
    const id = cluster === undefined ? undefined : ids?.[cluster];
    if (id !== undefined) this.#memberIds.set(key, id);
    return id ?? this.#memberIds.get(key) ?? (daemon === '' ? 'this daemon' : daemon);
  }

  apply(record: InspectRecord, world: WorldSoFar): void {
    switch (record.type) {
      case 'actor':
      case 'state':
      case 'end': {
        const actor = world.actors.get(record.address);
        if (actor) this.#actor(actor, record, world);
        return;
      }
      case 'synced':
        for (const actor of world.actors.values())
          if (actor.goneAtMs === record.atMs) this.#actor(actor, record, world);
        return;
      case 'sample':
        return this.#sample(record, world);
      case 'group':
        return this.#reading(record.group, record.atMs, world);
      default:
        return;
    }
  }

  #know(cluster: string, group: string, atMs: number): GroupHistory {
    const key = `${cluster}/${group}`;
    const known = this.#groups.get(key);
    if (known) return known;
    const [oldest] = this.#groups.keys();
    if (this.#groups.size >= groupsMax && oldest !== undefined) this.#groups.delete(oldest);
    const history = new GroupHistory(cluster, group, atMs);
    this.#groups.set(key, history);
    return history;
  }

  // --- what actors do

  #actor(actor: Readonly<ActorView>, record: InspectRecord, world: WorldSoFar): void {
    const { cluster, group, topic, partition, produces, names } = actor.place;
    if (cluster === undefined || produces) return;
    if (group === undefined) {
      if (!isSession(actor.place)) return;
      this.#session(actor, record, cluster, world);
      return this.#heed(actor, record.atMs, world);
    }
    const by = record.type === 'state' ? record.by : '';
    const history = this.#know(cluster, group, record.atMs);
    const id = this.memberId(world, actor.place);
    history.members.know(id, actor.place.daemon, record.atMs);
    this.#grow(actor);
    if (partition !== undefined) this.#owner(history, id, actor, record.atMs, by);
    else if (topic !== undefined) this.#subscription(history, id, actor, record.atMs, by);
    else if (names.length === 3) this.#member(history, id, actor, record);
  }

  #owner(history: GroupHistory, member: string, actor: Readonly<ActorView>, fromMs: number, why: string): void {
    const { topic, partition, daemon } = actor.place;
    const session = this.session(daemon, history.cluster)?.phase ?? 'connected';
    const phase = actor.goneAtMs === undefined ? phaseOf(actor.value, session) : undefined;
    const next = { member, address: actor.address, phase, fromMs, why };
    if (!history.wasRead) history.topic(topic!)?.loseSight(partition!, fromMs, history.members);
    history.know(topic!)?.change(partition!, next, history.members);
    if (phase === undefined) history.abandonIfEmpty(fromMs);
  }

  #subscription(history: GroupHistory, id: string, actor: Readonly<ActorView>, atMs: number, by: string): void {
    const { topic } = actor.place;
    const { value, sample } = actor;
    if (topic === undefined || value !== 'leaving' || by !== 'idle') return;
    const quietMs = sample.load['idleAfterMs'];
    const howLong = typeof quietMs === 'number' ? ` for ${quietMs / 1000} s` : ' any more';
    history.note({
      atMs,
      member: id,
      kind: 'idle',
      topic,
      text: `nobody asked ${history.members.nameOf(id)}${howLong}`,
    });
  }

  #member(history: GroupHistory, id: string, { value, goneAtMs }: Readonly<ActorView>, record: InspectRecord): void {
    const { atMs } = record;
    const isTold = record.type !== 'state';
    const name = history.members.nameOf(id);
    if (record.type === 'state' && record.by === 'drain')
      history.note({ atMs, member: id, kind: 'stopping', text: `${name} is being stopped` });
    if (goneAtMs !== undefined || value === 'vacant')
      history.setPresent(id, false, atMs, { kind: 'left', text: `${name} left` });
    else if (value === 'settling' || value === 'stable')
      history.setPresent(id, true, atMs, isTold ? undefined : { kind: 'joined', text: `${name} joined` });
  }

  #session(actor: Readonly<ActorView>, record: InspectRecord, cluster: string, world: WorldSoFar): void {
    const { daemon } = actor.place;
    const phase = actor.goneAtMs === undefined ? sessionPhaseOf(actor.value) : 'closed';
    const before = this.session(daemon, cluster)?.phase;
    if (phase === before) return;
    const { atMs } = record;
    this.#sessions.set(`${daemon}:${cluster}`, { phase, sinceMs: atMs, isUnnoticed: false });
    for (const history of this.#groups.values()) {
      if (history.cluster !== cluster) continue;
      const id = this.memberId(world, actor.place);
      const member = history.members.get(id);
      if (!member) continue;
      const sign = signOf(history.members.nameOf(id), phase, before);
      if (phase === 'lost') history.setPresent(id, false, atMs, sign);
      else if (sign && member.isPresent) history.note({ atMs, member: id, ...sign });
    }
    this.#trustAnew(daemon, cluster, atMs, world);
  }

  /** What the owners of a daemon do changes with its session, although their own state does not. */
  #trustAnew(daemon: string, cluster: string, atMs: number, world: WorldSoFar): void {
    for (const history of this.#groups.values()) {
      if (history.cluster !== cluster) continue;
      for (const topic of history.topics)
        for (const { open } of topic.partitions)
          for (const { address, why } of [...open]) {
            const actor = address === undefined ? undefined : world.actors.get(address);
            if (actor?.place.daemon === daemon)
              this.#owner(history, this.memberId(world, actor.place), actor, atMs, why);
          }
    }
  }

  /** A daemon that is frozen cannot say so; its numbers can. */
  #heed({ place, sample }: Readonly<ActorView>, atMs: number, world: WorldSoFar): void {
    const { daemon, cluster } = place;
    const track = cluster === undefined ? undefined : this.session(daemon, cluster);
    const { silentMs, timeoutMs } = sample.load;
    if (!track || typeof silentMs !== 'number' || typeof timeoutMs !== 'number') return;
    const isUnnoticed = track.phase === 'connected' && timeoutMs > 0 && silentMs > unnoticedShare * timeoutMs;
    if (isUnnoticed === track.isUnnoticed) return;
    this.#sessions.set(`${daemon}:${cluster}`, { ...track, isUnnoticed });
    if (!isUnnoticed) return;
    const id = this.memberId(world, place);
    for (const history of this.#groups.values()) {
      if (history.cluster !== cluster || !history.members.get(id)?.isPresent) continue;
      const text = `nothing was heard of ${history.members.nameOf(id)} any more`;
      history.note({ atMs, member: id, kind: 'session-silent', text });
    }
  }

  /** A subscription knows how many partitions its topic has. */
  #grow({ place, sample }: Readonly<ActorView>): void {
    const { cluster, group, topic, partition } = place;
    const { partitions } = sample.load;
    if (cluster === undefined || group === undefined || topic === undefined || partition !== undefined) return;
    if (typeof partitions === 'number') this.of(cluster, group)?.know(topic)?.grow(partitions);
  }

  #sample({ address, atMs, sample }: Extract<InspectRecord, { type: 'sample' }>, world: WorldSoFar): void {
    const actor = world.actors.get(address);
    if (!actor) return;
    if (isSession(actor.place)) return this.#heed(actor, atMs, world);
    this.#grow(actor);
    const { lag } = sample.load;
    if (typeof lag !== 'number' || lag < 0) return;
    const { cluster, group, topic, partition } = actor.place;
    if (cluster === undefined || group === undefined || topic === undefined || partition === undefined) return;
    this.of(cluster, group)?.topic(topic)?.partition(partition)?.lags.add(lag);
  }

  // --- what was read in ZooKeeper

  #reading({ cluster, group, members, owners, truncated }: GroupPicture, atMs: number, world: WorldSoFar): void {
    const history = this.#know(cluster, group, atMs);
    const daemons = new Map(world.head.daemons.map(({ name, memberIds }) => [memberIds[cluster], name]));
    const isNews = history.wasRead;
    if (!isNews)
      for (const topic of history.topics)
        for (const { partition } of topic.partitions) topic.loseSight(partition, atMs, history.members);
    history.wasRead = true;
    for (const { id, topics } of members) {
      const daemon = daemons.get(id);
      const member = history.members.know(id, daemon, atMs);
      if (isNews && member.isPresent && member.topics.length > 0 && member.topics.join() !== topics.join())
        history.note({ atMs, member: id, kind: 'topics', text: `${id} changed its topics` });
      member.topics = topics;
      if (daemon !== undefined) continue;
      history.setPresent(id, true, atMs, isNews ? { kind: 'joined', text: `${id} joined` } : undefined);
    }
    if (truncated !== true) this.#absent(history, new Set(members.map(({ id }) => id)), atMs);
    const held = new Map<string, Set<string>>();
    for (const { topic, partition, member } of owners) {
      if (daemons.has(member)) continue;
      const key = JSON.stringify([topic, partition]);
      held.set(member, (held.get(member) ?? new Set()).add(key));
      history.members.know(member, undefined, atMs);
    }
    this.#held(history, held, atMs);
    history.abandonIfEmpty(atMs);
  }

  /** Who is not in ZooKeeper any more. Of daemons that we see into their own word counts, as long as they have one. */
  #absent(history: GroupHistory, present: ReadonlySet<string>, atMs: number): void {
    for (const member of history.members.all) {
      const { id, daemon, isPresent } = member;
      if (present.has(id)) member.missedSinceMs = undefined;
      if (present.has(id) || !isPresent) continue;
      if (daemon === undefined) {
        history.setPresent(id, false, atMs, { kind: 'left', text: `${id} left` });
        continue;
      }
      member.missedSinceMs ??= atMs;
      const session = this.session(daemon, history.cluster);
      const isDoubtful = isSilent(session?.phase) || session?.isUnnoticed === true;
      const isSure = isDoubtful || atMs - member.missedSinceMs >= missedMs;
      const text = `the session of ${history.members.nameOf(id)} ended`;
      if (isSure) history.setPresent(id, false, atMs, { kind: 'session-lost', text });
    }
  }

  /** `held`: by member, which partitions; of members that we do not see into. */
  #held(history: GroupHistory, held: ReadonlyMap<string, ReadonlySet<string>>, atMs: number): void {
    for (const { topic, partitions } of history.topics)
      for (const { partition, open } of partitions)
        for (const { member, phase } of [...open]) {
          if (phase !== 'held' || held.get(member)?.has(JSON.stringify([topic, partition]))) continue;
          const over = { member, address: undefined, phase: undefined, fromMs: atMs, why: 'group' };
          history.topic(topic)?.change(partition, over, history.members);
        }
    for (const [member, keys] of held)
      for (const key of keys) {
        const [topic, partition] = JSON.parse(key) as [string, number];
        const now = { member, address: undefined, phase: 'held' as const, fromMs: atMs, why: 'group' };
        history.know(topic)?.change(partition, now, history.members);
      }
  }
}

const isSession = ({ names }: Place): boolean => names[1] === 'zookeeper' && names.length === 2;

const isSilent = (phase: SessionPhase | undefined): boolean =>
  phase === 'suspect' || phase === 'lapsed' || phase === 'overdue';

function signOf(name: string, phase: SessionPhase, before: SessionPhase | undefined) {
  if (phase === 'suspect') return { kind: 'session-silent' as const, text: `ZooKeeper stopped answering ${name}` };
  if (phase === 'lost') return { kind: 'session-lost' as const, text: `the session of ${name} ended` };
  if (phase === 'connected' && isSilent(before))
    return { kind: 'session-back' as const, text: `ZooKeeper answers ${name} again` };
  return undefined;
}
