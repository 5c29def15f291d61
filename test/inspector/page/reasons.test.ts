import { describe, expect, it } from 'vitest';
import { reasonLines, partitionsNow } from '../../../src/inspector/page/model/reasons-summary.js';
import { whyNotConsumed } from '../../../src/inspector/page/model/reasons.js';
import { World } from '../../../src/inspector/page/model/world.js';
import {
  protocolVersion,
  type GroupPicture,
  type InspectRecord,
  type Load,
  type StateValue,
} from '../../../src/inspector/protocol.js';

const place = { cluster: 'default', group: 'g', topic: 't', partition: 3 };
const nowMs = 100_000;

/** Two daemons and what they say of themselves; both have a session unless something else is said. */
class Scene {
  readonly world = new World({
    protocol: protocolVersion,
    product: 'a test',
    daemons: [
      { name: 'd1', memberIds: { default: 'm1' }, listens: ['127.0.0.1:19092'] },
      { name: 'd2', memberIds: { default: 'm2' }, listens: [] },
    ],
    wallAtZeroMs: 0,
  });

  constructor() {
    for (const daemon of ['d1', 'd2']) this.session(daemon, 'connected', 0);
  }

  actor(address: string, value: StateValue, load: Load = {}, atMs = 0): this {
    const record: InspectRecord = {
      type: 'actor',
      atMs,
      address,
      actor: {
        address,
        kind: '',
        incarnation: 1,
        startedAtMs: 0,
        value,
        tags: [],
        restarts: 0,
        mailboxLength: 0,
        openAsks: 0,
        load,
      },
    };
    this.world.apply(record);
    return this;
  }

  owner(daemon: string, value: StateValue, load: Load = {}, atMs = 90_000): this {
    return this.actor(`${daemon}:default/group/g/topic/t/partition/3`, value, load, atMs);
  }

  subscription(daemon: string, value: StateValue, load: Load = {}): this {
    return this.actor(`${daemon}:default/group/g/topic/t`, value, load);
  }

  session(daemon: string, state: string, atMs: number): this {
    return this.actor(`${daemon}:default/zookeeper`, { open: state }, { timeoutMs: 15_000 }, atMs);
  }

  read(group: Partial<GroupPicture>, atMs = 95_000): this {
    const picture = { cluster: 'default', group: 'g', members: [], owners: [], ...group };
    this.world.apply({ type: 'group', atMs, address: 'd1:', group: picture });
    return this;
  }

  get why() {
    this.world.nowMs = nowMs;
    return whyNotConsumed(this.world, place);
  }
}

const scene = (): Scene => new Scene();
const reading = { owning: 'reading' };
const stranger = { topic: 't', partition: 3, member: 'stranger', sessionId: 'abc' };

describe('a partition that is consumed', () => {
  it('has a reader, who is so far behind', () => {
    const { why } = scene().owner('d1', reading, { lag: 12 }).subscription('d1', 'consuming', { polls: 2, quietMs: 0 });
    expect(why).toMatchObject({ kind: 'consumed', tone: 'ok', member: 'm1', short: '12 behind' });
    expect(why.is).toBe('d1 reads this partition, 12 messages behind its end.');
    expect(why.next).toBe('2 requests wait for the next message.');
  });

  it('is at its end', () => {
    expect(scene().owner('d1', reading, { lag: 0 }).why).toMatchObject({ kind: 'consumed', short: 'read to its end' });
  });

  it('of which nothing is known is read all the same', () => {
    expect(scene().owner('d1', reading, { lag: -1 }).why.is).toBe('d1 reads this partition.');
  });

  it('may have messages ready that nobody takes just now', () => {
    const { why } = scene()
      .owner('d1', reading, { buffered: 40, lag: 41 })
      .subscription('d1', 'consuming', { polls: 0 });
    expect(why).toMatchObject({ kind: 'nobody-polls', tone: 'ok' });
    expect(why.is).toContain('40 messages ready');
  });

  it('is about to be given up when nobody asks, and says how to keep it', () => {
    const load = { polls: 0, quietMs: 5000, idleAfterMs: 20_000 };
    const { why } = scene().owner('d1', reading, { lag: 0 }).subscription('d1', 'consuming', load);
    expect(why).toMatchObject({ kind: 'idle-soon', tone: 'idle' });
    expect(why.next).toBe('Another request keeps it; without one it gives the topic up in 15 s.');
    expect(why.command).toBe(`curl 'http://127.0.0.1:19092/topics/t/messages?group=g'`);
  });

  it('may be held by a process that we do not see into', () => {
    const { why } = scene().read({ owners: [stranger] });
    expect(why).toMatchObject({ kind: 'held-elsewhere', member: 'stranger' });
    expect(why.is).toBe('stranger has held the claim for at least 5.0 s.');
    expect(why.next).toContain('can only be seen there');
  });
});

describe('a partition that is not consumed', () => {
  it('has as many messages out as may be', () => {
    const { why } = scene().owner('d1', { owning: 'full' }, { offered: 100, pendingMax: 100, buffered: 3 });
    expect(why).toMatchObject({ kind: 'full', tone: 'bad' });
    expect(why.is).toContain('100 messages of this partition were offered and are not acknowledged');
    expect(why.next).toContain('Acknowledge them');
  });

  it('is read ahead, and not out of acknowledgements', () => {
    const { why } = scene().owner('d1', { owning: 'full' }, { offered: 1, pendingMax: 100, buffered: 300 });
    expect(why).toMatchObject({ kind: 'nobody-polls', tone: 'ok' });
  });

  it('has no leader', () => {
    expect(scene().owner('d1', reading, { leader: -1 }).why).toMatchObject({ kind: 'no-leader', tone: 'bad' });
  });

  it('has a leader that does not answer', () => {
    const { why } = scene().owner('d1', reading, { leader: 7 }).actor('d1:default/group/g/fetcher/7', 'backingOff');
    expect(why).toMatchObject({ kind: 'kafka-away', short: 'broker 7 is away' });
  });

  it('cannot be decoded', () => {
    const { why } = scene().owner('d1', { owning: 'blocked' }, { fetchOffset: 17 });
    expect(why.kind).toBe('blocked');
    expect(why.is).toBe('d1 cannot decode the next batch, at offset 17, for 10 s.');
  });

  it.each([
    ['settling', 'gives the partition up and waits for the acknowledgement of 2 messages'],
    ['committing', 'commits its last offset'],
    ['releasing', 'deletes its claim'],
  ])('is being handed over: %s', (state, words) => {
    const { why } = scene().owner('d1', state, { offered: 2 });
    expect(why).toMatchObject({ kind: 'handing-over', tone: 'wait', member: 'm1' });
    expect(why.is).toContain(words);
  });

  it.each([
    ['claiming', 'taking-over'],
    ['positioning', 'taking-over'],
    ['setting', 'taking-over'],
    ['positioningLater', 'kafka-away'],
    ['restarting', 'restarting'],
  ])('is being taken over: %s', (state, kind) => {
    expect(scene().owner('d1', state).why).toMatchObject({ kind, member: 'm1' });
  });
});

describe('a partition that somebody waits for', () => {
  it('is held by a process that we do not see into', () => {
    const { why } = scene()
      .read({ owners: [stranger] })
      .owner('d1', 'awaitingClaim', { holder: 'stranger', holderSession: 'abc', tries: 4 });
    expect(why).toMatchObject({ kind: 'waiting-for-claim', member: 'm1', holder: 'stranger', short: 'd1 waits' });
    expect(why.is).toBe('d1 has waited 10 s for the claim of stranger. It has tried 4 times.');
    expect(why.next).toContain('its session abc has to end');
  });

  it('is held by one who is known from the waiting one only', () => {
    const { why } = scene().owner('d1', 'awaitingClaim', { holder: 'stranger' });
    expect(why).toMatchObject({ kind: 'waiting-for-claim', holder: 'stranger', short: 'waits for stranger' });
  });

  it('is held by an older session of the same member', () => {
    const { why } = scene().owner('d1', 'awaitingClaim', { holder: 'm1' });
    expect(why.next).toContain('an older session of d1');
  });

  it('is held by a daemon that ZooKeeper has not heard of', () => {
    const { why } = scene()
      .owner('d2', reading, {}, 80_000)
      .session('d2', 'overdue', 98_000)
      .owner('d1', 'awaitingClaim');
    expect(why).toMatchObject({ kind: 'waiting-for-claim', member: 'm1', holder: 'm2' });
    expect(why.next).toBe(
      'ZooKeeper has not heard of d2 for 17 s; it ends that session, and frees the claim, any moment.',
    );
  });
});

describe('a session that ZooKeeper is silent to', () => {
  it('is suspect: messages are still offered, and when they will not be', () => {
    const { why } = scene().owner('d1', reading).session('d1', 'suspect', 99_000);
    expect(why).toMatchObject({ kind: 'zookeeper-silent', tone: 'wait' });
    expect(why.is).toContain('has not answered it for 8.5 s');
    expect(why.next).toBe('Without an answer it stops offering in 1.5 s, at two thirds of the session timeout.');
  });

  it('has lapsed: nothing is offered, and when the session ends', () => {
    const { why } = scene().owner('d1', reading).session('d1', 'lapsed', 98_000);
    expect(why).toMatchObject({ kind: 'zookeeper-silent', tone: 'bad' });
    expect(why.is).toContain('for 12 s, of the 15 s that its session lasts. Nothing has been offered for 2.0 s.');
    expect(why.next).toContain('ends the session in 3.0 s');
  });

  it('is overdue: another member may have the partition', () => {
    const { why } = scene().owner('d1', reading).session('d1', 'overdue', 98_000);
    expect(why.next).toContain('Another member may have the partition by now');
  });
});

describe('a daemon that nothing is heard of', () => {
  const silent = (silentMs: number, s = scene()) => {
    const sample = { mailboxLength: 0, openAsks: 0, load: { silentMs, timeoutMs: 15_000 } };
    s.owner('d1', reading, { lag: 0 });
    s.world.apply({ type: 'sample', atMs: 99_000, address: 'd1:default/zookeeper', sample });
    return s;
  };

  it('may be frozen, and is not said to read', () => {
    const { why } = silent(12_000);
    expect(why).toMatchObject({ kind: 'zookeeper-silent', tone: 'bad', short: 'may be frozen' });
    expect(why.is).toContain('ZooKeeper has not heard of d1 for 12 s, and it has not noticed');
    expect(why.next).toContain('ends its session in 3.0 s');
  });

  it('may be frozen, which is said although somebody waits for its claim', () => {
    expect(silent(12_000).owner('d2', 'awaitingClaim').why.short).toBe('may be frozen');
  });

  it('is not called frozen for a silence that it has time to notice', () => {
    expect(silent(7000).why.kind).toBe('consumed');
  });

  it('explains a hand-over before the end of its session is known', () => {
    const s = scene();
    for (const daemon of ['d1', 'd2']) s.actor(`${daemon}:default/group/g`, 'stable');
    silent(12_000, s);
    expect([...s.world.groups.of('default', 'g')!.members.signs].map(({ text }) => text)).toContain(
      'nothing was heard of d1 any more',
    );
  });
});

describe('a session that is lost', () => {
  it.each(['lost', 'connecting'])('is not called silent: %s', (phase) => {
    const { why } = scene().owner('d1', reading).session('d1', phase, 97_000);
    expect(why).toMatchObject({ kind: 'zookeeper-away', tone: 'bad', short: 'session lost' });
    expect(why.is).toBe('d1 lost its session with ZooKeeper 3.0 s ago, and its claims with it.');
  });
});

describe('a lag that grows because one message is not acknowledged', () => {
  const load = { lag: 400, committed: 17, gaps: '18-400', polls: 0 };

  it('is told with the offset that is waited for', () => {
    expect(scene().owner('d1', reading, load).why.is).toBe(
      'd1 reads this partition, 400 messages behind its end; the committed offset waits for the acknowledgement of offset 17.',
    );
  });

  it('is told where messages are ready as well', () => {
    const { why } = scene()
      .owner('d1', reading, { ...load, buffered: 9 })
      .subscription('d1', 'consuming', { polls: 0 });
    expect(why.short).toBe('messages are ready');
    expect(why.is).toMatch(/; the committed offset waits for the acknowledgement of offset 17\.$/);
  });
});

describe('a partition that nobody has', () => {
  it('because it falls to another process, and not because the group is still settling', () => {
    const s = scene().read({ members: [{ id: 'stranger', topics: ['t'] }] });
    s.subscription('d1', { subscribed: 'consuming' }, { assigned: '0 1' });
    expect(s.why).toMatchObject({ kind: 'joining', short: 'not claimed' });
    expect(s.why.next).toBe('It ought to claim it: stranger.');
    expect(s.subscription('d1', { subscribed: 'rebalancing' }, { assigned: '0 1 3' }).why.short).toBe('being assigned');
  });

  it('because the brokers refuse', () => {
    const { why } = scene().subscription('d1', { subscribed: 'resolving' }, { waits: 'kafka-access-denied' });
    expect(why).toMatchObject({ kind: 'kafka-away', tone: 'bad', short: 'refused by Kafka' });
  });

  it('because nobody asks', () => {
    const { why } = scene();
    expect(why).toMatchObject({ kind: 'nobody-asked', tone: 'idle', is: 'Nobody consumes t in g.' });
    expect(why.command).toContain('/topics/t/messages?group=g');
  });

  it('because a subscription went idle', () => {
    const s = scene().subscription('d1', { subscribed: 'consuming' }, { idleAfterMs: 20_000 });
    const address = 'd1:default/group/g/topic/t';
    const leaves = { atMs: 60_000, address, value: 'leaving', by: 'idle', taken: [] } as const;
    s.world.apply({ type: 'state', ...leaves });
    s.world.apply({ type: 'end', atMs: 61_000, address, how: 'done', gone: true });
    expect(s.why.is).toBe('Nobody consumes t in g: nobody asked d1 for 20 s, 40 s ago.');
  });

  it('because the topic is being given up', () => {
    expect(scene().subscription('d1', 'leaving').why).toMatchObject({ kind: 'giving-up' });
  });

  it('because it is being assigned', () => {
    expect(scene().subscription('d1', { subscribed: 'resolving' }).why).toMatchObject({ kind: 'joining' });
  });

  it('because Kafka does not know the topic', () => {
    const { why } = scene().subscription('d1', { subscribed: 'standby' }, { waits: 'unknown-topic' });
    expect(why).toMatchObject({ kind: 'topic-unknown', tone: 'bad' });
  });

  it('because Kafka does not answer', () => {
    const { why } = scene().subscription('d1', { subscribed: 'resolving' }).actor('d1:default/metadata', 'unreachable');
    expect(why).toMatchObject({ kind: 'kafka-away', tone: 'bad' });
  });

  it('because there is no ZooKeeper', () => {
    const { why } = scene().subscription('d1', { subscribed: 'resolving' }).session('d1', 'connecting', 70_000);
    expect(why).toMatchObject({ kind: 'zookeeper-away', tone: 'bad' });
    expect(why.is).toContain('no session with ZooKeeper for 30 s');
  });

  it('although members of other processes consume the topic', () => {
    const { why } = scene().read({ members: [{ id: 'stranger', topics: ['t'] }] });
    expect(why).toMatchObject({ kind: 'joining', short: 'not claimed' });
    expect(why.next).toContain('stranger');
  });
});

describe('the daemon of a process that has no other', () => {
  it('is called this daemon, and others by their ids', () => {
    const head = { ...scene().world.head, daemons: [{ name: '', memberIds: { default: 'host_1_2026' }, listens: [] }] };
    const world = new World(head);
    const address = 'default/group/g/topic/t/partition/3';
    world.apply({ type: 'state', atMs: 0, address, value: reading, by: 'x', taken: [] });
    expect(whyNotConsumed(world, place)).toMatchObject({
      is: 'This daemon reads this partition.',
      member: 'host_1_2026',
    });
    world.apply({ type: 'state', atMs: 0, address, value: 'awaitingClaim', by: 'x', taken: [] });
    const group = { cluster: 'default', group: 'g', members: [], owners: [stranger] };
    world.apply({ type: 'group', atMs: 0, address: '', group });
    expect(whyNotConsumed(world, place).is).toBe('This daemon has waited 0 ms for the claim of stranger.');
  });
});

describe('what is said of several partitions', () => {
  it('is said of those as well that nobody ever had', () => {
    const s = scene().read({ members: [{ id: 'stranger', topics: ['t'] }] });
    s.subscription('d1', { subscribed: 'consuming' }, { partitions: 5, assigned: '3 4' }).owner('d1', reading);
    s.world.nowMs = nowMs;
    const now = partitionsNow(s.world, s.world.groups.of('default', 'g')!.topic('t')!, place);
    expect(now.map(({ partition, reason }) => [partition, reason.short])).toEqual([
      [0, 'not claimed'],
      [1, 'not claimed'],
      [2, 'not claimed'],
      [3, 'is read'],
      [4, 'being assigned'],
    ]);
  });

  it('is said once, the worst first', () => {
    const s = scene();
    const owner = (partition: number, daemon: string, value: StateValue, load: Load) =>
      s.actor(`${daemon}:default/group/g/topic/t/partition/${partition}`, value, load, 90_000);
    owner(0, 'd1', reading, { lag: 3 });
    owner(1, 'd1', reading, { lag: 4 });
    owner(2, 'd2', reading, { lag: 0 });
    owner(3, 'd2', reading, { leader: -1 });
    owner(4, 'd2', reading, { leader: -1 });
    owner(5, 'd2', 'settling', { offered: 1 });
    owner(6, 'd2', 'settling', { offered: 2 });
    s.world.nowMs = nowMs;
    const topic = s.world.groups.of('default', 'g')!.topic('t')!;
    const lines = reasonLines(partitionsNow(s.world, topic, place));
    expect(lines.map(({ partitions, reason }) => [partitions, reason.kind])).toEqual([
      [[3, 4], 'no-leader'],
      [[5, 6], 'handing-over'],
      [[0, 1], 'consumed'],
      [[2], 'consumed'],
    ]);
    expect(lines[1]!.reason.is).toMatch(/^Partition 5: d2 .* of 1 message\. The others are alike\.$/);
    expect(lines[2]!.reason.is).toBe('d1 reads them, 7 messages behind.');
    expect(lines[3]!.reason.is).toBe('d2 reads it, and has read it to the end.');
  });

  it('begins with a capital letter where the only daemon is named first', () => {
    const world = new World({
      ...scene().world.head,
      daemons: [{ name: '', memberIds: { default: 'm' }, listens: [] }],
    });
    const load = { lag: 5, committed: 2, gaps: '3-4' };
    for (const partition of [0, 1]) {
      const actor = { kind: '', incarnation: 1, startedAtMs: 0, value: reading, tags: [], restarts: 0 };
      const address = `default/group/g/topic/t/partition/${partition}`;
      const record = { ...actor, address, mailboxLength: 0, openAsks: 0, load };
      world.apply({ type: 'actor', atMs: 0, address, actor: record });
    }
    const [line] = reasonLines(partitionsNow(world, world.groups.of('default', 'g')!.topic('t')!, place));
    expect(line!.reason.is).toBe(
      'This daemon reads them, 10 messages behind; the committed offset of partition 0 waits for the acknowledgement of offset 2.',
    );
  });
});
