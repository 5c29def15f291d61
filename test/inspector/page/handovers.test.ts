import { describe, expect, it } from 'vitest';
import { roundsOf } from '../../../src/inspector/page/model/handovers-rounds.js';
import { ackedRanges } from '../../../src/inspector/page/model/partitions-gaps.js';
import { letterOf, ranges, shortRanges } from '../../../src/inspector/page/model/partitions-text.js';
import { World } from '../../../src/inspector/page/model/world.js';
import { protocolVersion, type InspectRecord, type StateValue } from '../../../src/inspector/protocol.js';

const group = 'd1:default/group/g';

/** Two daemons in one group; what happens to them is told in the order of its happening. */
class Story {
  readonly world = new World({
    protocol: protocolVersion,
    product: 'a test',
    daemons: ['d1', 'd2'].map((name) => ({ name, memberIds: { default: `m${name[1]}` }, listens: [] })),
    wallAtZeroMs: 0,
  });

  state(atMs: number, address: string, value: StateValue, by = 'x'): this {
    this.world.apply({ type: 'state', atMs, address, value, by, taken: [] });
    return this;
  }

  owner(atMs: number, daemon: string, partition: number, value: StateValue): this {
    return this.state(atMs, `${daemon}:default/group/g/topic/t/partition/${partition}`, value);
  }

  record(record: InspectRecord): this {
    this.world.apply(record);
    return this;
  }

  held(atMs: number, members: readonly string[], owners: readonly (readonly [number, string])[]): this {
    const picture = {
      cluster: 'default',
      group: 'g',
      members: members.map((id) => ({ id, topics: ['t'] })),
      owners: owners.map(([partition, member]) => ({ topic: 't', partition, member, sessionId: '' })),
    };
    return this.record({ type: 'group', atMs, address: 'd1:', group: picture });
  }

  rounds(max = 10) {
    const history = this.world.groups.of('default', 'g')!;
    return roundsOf(history.topic('t')!, history.members, this.world.nowMs, max);
  }
}

const reading = { owning: 'reading' };
const stepsOf = ({ steps }: ReturnType<Story['rounds']>[number]) =>
  steps.map(({ name, member, fromMs, toMs }) => [name, member, toMs - fromMs]);

/** m1 reads; m2 joins and gets partitions 1 and 2; on the way m1 waits for acks. */
const joins = (): Story => {
  const story = new Story();
  story.state(0, group, 'stable');
  for (const partition of [0, 1, 2]) story.owner(0, 'd1', partition, 'claiming').owner(0, 'd1', partition, reading);
  story.state(1000, 'd2:default/group/g', 'settling');
  for (const partition of [1, 2])
    story.owner(1100, 'd1', partition, 'settling').owner(1150, 'd2', partition, 'claiming');
  for (const partition of [1, 2]) story.owner(1160, 'd2', partition, 'awaitingClaim');
  return story;
};
const getsIt = (story: Story, atMs: number, partition: number): Story =>
  story
    .owner(atMs, 'd1', partition, 'committing')
    .owner(atMs + 20, 'd1', partition, 'releasing')
    .owner(atMs + 30, 'd1', partition, 'released')
    .owner(atMs + 31, 'd2', partition, 'claiming')
    .owner(atMs + 40, 'd2', partition, 'positioning')
    .owner(atMs + 45, 'd2', partition, reading);

describe('a hand-over', () => {
  it('is told step by step, from the cause on', () => {
    const [round] = getsIt(getsIt(joins(), 1400, 1), 1600, 2).rounds();
    expect(round).toMatchObject({ partitions: [1, 2], from: 'm1', to: 'm2', cause: 'd2 joined', tookMs: 645 });
    expect(stepsOf(round!)).toEqual([
      ['noticing', undefined, 100],
      ['settling', 'm1', 500],
      ['committing', 'm1', 20],
      ['releasing', 'm1', 10],
      ['waiting', 'm2', 1],
      ['claiming', 'm2', 9],
      ['positioning', 'm2', 5],
    ]);
  });

  it('of a frozen member is explained when ZooKeeper is read', () => {
    const story = new Story().state(0, group, 'stable').state(0, 'd2:default/group/g', 'stable');
    story.state(0, 'd2:default/zookeeper', { open: 'connected' });
    for (const partition of [0, 1]) story.owner(0, 'd2', partition, 'claiming').owner(10, 'd2', partition, reading);
    story.held(100, ['m1', 'm2'], []).owner(5000, 'd1', 0, 'claiming').owner(5020, 'd1', 0, reading);
    expect(story.rounds()[0]!.cause).toBe('d2 lost its claim');
    expect(story.held(5500, ['m1'], []).rounds()[0]!.cause).toBe('d2 lost its claim');
    expect(story.held(7500, ['m1'], []).rounds()[0]!.cause).toBe('the session of d2 ended');
    const member = story.world.groups.of('default', 'g')!.members.get('m2');
    expect(member).toMatchObject({ isPresent: false, missedSinceMs: 5500 });
  });

  it('that follows from what happened to a third member says so, also when that is heard of late', () => {
    const story = new Story().state(0, group, 'stable').state(0, 'd2:default/group/g', 'stable');
    story.owner(0, 'd1', 0, 'claiming').owner(10, 'd1', 0, reading).held(100, ['m1', 'm2', 'm3'], []);
    story.owner(15_000, 'd1', 0, 'settling').owner(15_005, 'd1', 0, 'releasing').owner(15_010, 'd1', 0, 'released');
    story.owner(15_020, 'd2', 0, 'claiming').owner(15_030, 'd2', 0, reading);
    expect(story.rounds()[0]!.cause).toBe('the group changed');
    expect(story.held(15_500, ['m1', 'm2'], []).rounds()[0]!.cause).toBe('m3 left');
  });

  it('that lasts is told so far', () => {
    const story = getsIt(joins(), 1400, 1).record({ type: 'remark', atMs: 3000, address: '', text: 'time passes' });
    const [lasting, over] = story.rounds();
    expect(lasting).toMatchObject({ partitions: [2], from: 'm1', to: undefined, toMs: undefined, tookMs: 2000 });
    expect(lasting!.cause).toBe('d2 joined');
    expect(stepsOf(lasting!)).toEqual([
      ['noticing', undefined, 100],
      ['settling', 'm1', 1900],
    ]);
    expect(over).toMatchObject({ partitions: [1], to: 'm2' });
  });

  it('from a process that we do not see into knows who had it, and when that one left', () => {
    const story = new Story()
      .held(0, ['stranger'], [[4, 'stranger']])
      .owner(100, 'd1', 4, 'claiming')
      .owner(110, 'd1', 4, 'awaitingClaim')
      .held(5000, [], [])
      .owner(5010, 'd1', 4, 'claiming')
      .owner(5020, 'd1', 4, 'positioning')
      .owner(5030, 'd1', 4, reading);
    expect(story.rounds()[0]).toMatchObject({ partitions: [4], from: 'stranger', to: 'm1', toMs: 5030 });
  });

  it.each([
    ['before', [1005, 1020]],
    ['after', [1030, 1030]],
  ])('to nobody ends when nobody is left in the group: it leaves %s it releases', (_, [leavesAtMs, endsAtMs]) => {
    const story = new Story().state(0, group, 'stable').owner(0, 'd1', 0, 'claiming').owner(10, 'd1', 0, reading);
    story.state(1000, `${group}/topic/t`, 'leaving', 'idle').owner(1000, 'd1', 0, 'settling');
    const leaves = () => story.state(leavesAtMs!, group, 'vacant');
    if (leavesAtMs! < 1010) leaves();
    story.owner(1010, 'd1', 0, 'releasing').owner(1020, 'd1', 0, 'released');
    if (leavesAtMs! > 1010) leaves();
    expect(story.rounds()[0]).toMatchObject({ from: 'm1', to: undefined, toMs: endsAtMs });
    expect(story.rounds()[0]!.cause).toBe('nobody asked d1 any more');
  });

  it('is none when a member sees its position set, but an interruption', () => {
    const story = new Story().owner(0, 'd1', 0, 'claiming').owner(0, 'd1', 0, reading);
    story.owner(500, 'd1', 0, 'setting').owner(520, 'd1', 0, reading);
    expect(story.rounds()[0]).toMatchObject({ from: 'm1', to: 'm1', cause: 'its position was set', tookMs: 20 });
  });

  it('is kept in a number that does not grow', () => {
    const story = new Story();
    story.owner(0, 'd1', 0, 'claiming');
    for (let time = 0; time < 3000; time++)
      story.owner(10 * time, 'd1', 0, reading).owner(10 * time + 5, 'd1', 0, 'setting');
    const topic = story.world.groups.of('default', 'g')!.topic('t')!;
    expect(topic.handovers).toHaveLength(200);
    expect(topic.partition(0)!.segments).toHaveLength(200);
    expect(story.rounds(5).length).toBeLessThanOrEqual(5);
  });
});

describe('in words', () => {
  it('numbers are put together', () => {
    expect(ranges([3, 1, 2, 7, 9, 10, 1])).toBe('1–3, 7, 9, 10');
    expect(ranges([])).toBe('');
    expect(shortRanges([0, 2, 4, 6])).toBe('0, 2, 4, 6');
    expect(shortRanges([0, 2, 4, 6, 8, 10])).toBe('0, 2, 4, 6, …, 6 in all');
  });

  it('members have letters', () => {
    expect([0, 1, 25, 26, 27, 52].map(letterOf)).toEqual(['A', 'B', 'Z', 'AA', 'AB', 'BA']);
  });

  it('acknowledged ranges are read', () => {
    expect(ackedRanges('105-107 110')).toEqual([
      { from: 105, to: 107 },
      { from: 110, to: 110 },
    ]);
    expect(ackedRanges('')).toEqual([]);
    expect(ackedRanges('none …')).toEqual([]);
  });
});

describe('what was let go of before ZooKeeper was read', () => {
  const letGo = (): Story => {
    const story = new Story()
      .state(0, group, 'stable')
      .owner(0, 'd1', 0, 'claiming')
      .owner(100, 'd1', 0, 'positioning');
    const address = 'd1:default/group/g/topic/t/partition/0';
    return story.record({ type: 'end', atMs: 200, address, how: 'done', gone: true });
  };

  it('is no hand-over of a minute to the other process that had it all along', () => {
    expect(
      letGo()
        .held(60_000, ['m1', 'other'], [[0, 'other']])
        .rounds(),
    ).toEqual([]);
  });

  it('is none to ourselves, when we get it a minute later', () => {
    const story = letGo().owner(60_000, 'd1', 0, 'claiming').owner(60_100, 'd1', 0, reading);
    expect(story.rounds()).toMatchObject([{ fromMs: 60_000, tookMs: 100 }]);
  });

  it('is not known to have gone to anybody, if we read it before', () => {
    const story = new Story().state(0, group, 'stable').owner(0, 'd1', 0, 'claiming').owner(1, 'd1', 0, reading);
    story.owner(500, 'd1', 0, 'releasing');
    story.record({
      type: 'end',
      atMs: 600,
      address: 'd1:default/group/g/topic/t/partition/0',
      how: 'done',
      gone: true,
    });
    const [round] = story.held(60_000, ['m1', 'other'], [[0, 'other']]).rounds();
    expect(round).toMatchObject({ from: 'm1', to: undefined, toMs: 600, isLostSight: true });
  });

  it('is a hand-over as ever where one of ours takes it at once', () => {
    const story = letGo().owner(300, 'd2', 0, 'claiming').owner(400, 'd2', 0, reading);
    expect(story.rounds()).toMatchObject([{ to: 'm2', toMs: 400, tookMs: 400 }]);
  });
});
