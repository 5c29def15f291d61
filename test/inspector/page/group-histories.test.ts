import { beforeAll, describe, expect, it } from 'vitest';
import type { Handover } from '../../../src/inspector/page/model/handovers.js';
import { World } from '../../../src/inspector/page/model/world.js';
import type { Recording } from '../../../src/inspector/protocol.js';
import { recordedRebalance, rebalanceStory } from '../recorded-rebalance.js';

let recording: Recording;
beforeAll(async () => {
  recording = await recordedRebalance();
});

const worldAt = (untilMs: number): World => {
  const world = new World(recording.head);
  world.applyAll(recording.records.filter(({ atMs }) => atMs < untilMs));
  return world;
};
const topicAt = (untilMs: number) => worldAt(untilMs).groups.of('c', 'g')!.topic('t')!;

/** Who has which partitions, and what it does with them. */
const held = (untilMs: number): Record<string, number[]> => {
  const by: Record<string, number[]> = {};
  for (const { partition, current } of topicAt(untilMs).partitions)
    if (current) (by[`${current.member} ${current.phase}`] ??= []).push(partition);
  return by;
};
const told = ({ partition, from, to, cause }: Handover) => `${partition}: ${from} -> ${to}, ${cause}`;
const between = (fromMs: number, toMs: number) =>
  topicAt(Infinity).handovers.filter((handover) => handover.toMs! >= fromMs && handover.toMs! < toMs);

describe('what members do with partitions', () => {
  it('follows a group that grows, shrinks and loses a session', () => {
    const { d2JoinsAtMs, d3JoinsAtMs, d2StopsAskingAtMs, d1LosesItsSessionAtMs } = rebalanceStory;
    expect(held(d2JoinsAtMs)).toEqual({ 'member-d1 reading': [0, 1, 2, 3, 4, 5, 6, 7] });
    expect(held(d3JoinsAtMs)).toEqual({ 'member-d1 reading': [0, 1, 2, 3], 'member-d2 reading': [4, 5, 6, 7] });
    expect(held(d2StopsAskingAtMs)).toEqual({
      'member-d1 reading': [0, 1, 2],
      'member-d2 reading': [3, 4, 5],
      'member-d3 reading': [6, 7],
    });
    const shrunk = { 'member-d1 reading': [0, 1, 2, 3], 'member-d3 reading': [4, 5, 6, 7] };
    expect(held(d1LosesItsSessionAtMs)).toEqual(shrunk);
    expect(held(Infinity)).toEqual(shrunk);
  });

  it('shows that a member that is cut off offers nothing, and that another one has its partitions then', () => {
    const { d3IsCutOffAtMs: cutAtMs } = rebalanceStory;
    expect(held(cutAtMs + 5000)).toEqual({ 'member-d1 reading': [0, 1, 2, 3], 'member-d3 paused': [4, 5, 6, 7] });
    expect(held(cutAtMs + 10_000)).toEqual({ 'member-d1 reading': [0, 1, 2, 3, 4, 5, 6, 7] });
    const both = [...topicAt(cutAtMs + 10_000).partition(4)!.open].map(({ member, phase }) => `${member} ${phase}`);
    expect(both.sort()).toEqual(['member-d1 reading', 'member-d3 overdue']);
  });

  it('has a member do one thing with a partition at a time', () => {
    const spans: (readonly [number, number])[] = [];
    for (const { segments } of topicAt(Infinity).partitions)
      for (const member of new Set(segments.map((segment) => segment.member))) {
        const own = segments.filter((segment) => segment.member === member);
        for (const [index, { toMs }] of own.entries())
          if (index + 1 < own.length) spans.push([toMs ?? Infinity, own[index + 1]!.fromMs]);
      }
    expect(spans.length).toBeGreaterThan(50);
    expect(spans.filter(([endMs, nextMs]) => endMs > nextMs)).toEqual([]);
  });
});

describe('hand-overs', () => {
  it('name who had it, who has it now and why', () => {
    const { d2JoinsAtMs, d3JoinsAtMs, d2StopsAskingAtMs, d1LosesItsSessionAtMs, d3IsCutOffAtMs, d3IsHealedAtMs } =
      rebalanceStory;
    expect(between(d2JoinsAtMs, d3JoinsAtMs).map(told)).toEqual(
      [4, 5, 6, 7].map((partition) => `${partition}: member-d1 -> member-d2, d2 joined`),
    );
    expect(between(d3JoinsAtMs, d2StopsAskingAtMs).map(told).sort()).toEqual([
      '3: member-d1 -> member-d2, d3 joined',
      '6: member-d2 -> member-d3, d3 joined',
      '7: member-d2 -> member-d3, d3 joined',
    ]);
    const idle = between(d2StopsAskingAtMs, d1LosesItsSessionAtMs);
    expect(idle.map(({ from, to, partition }) => `${partition}: ${from} -> ${to}`).sort()).toEqual([
      '3: member-d2 -> member-d1',
      '4: member-d2 -> member-d3',
      '5: member-d2 -> member-d3',
    ]);
    for (const { cause } of idle) expect(cause).toMatch(/^nobody asked d2 (any more|for 8 s)$/);
    expect(
      between(d1LosesItsSessionAtMs, d1LosesItsSessionAtMs + 200)
        .map(told)
        .sort(),
    ).toEqual([0, 1, 2, 3].map((partition) => `${partition}: member-d1 -> member-d3, the session of d1 ended`));
    expect(between(d3IsCutOffAtMs, d3IsHealedAtMs).map(told).sort()).toEqual(
      [4, 5, 6, 7].map((partition) => `${partition}: member-d3 -> member-d1, ZooKeeper stopped answering d3`),
    );
    expect(between(d3IsHealedAtMs, Infinity).map(told).sort()).toEqual(
      [4, 5, 6, 7].map((partition) => `${partition}: member-d1 -> member-d3, d3 joined`),
    );
  });

  it('take their time from the cause until somebody reads, step by step', () => {
    const { d3IsCutOffAtMs, d3IsHealedAtMs } = rebalanceStory;
    const [handover] = between(d3IsCutOffAtMs, d3IsHealedAtMs);
    // Silent for half of the 6 s of its session; nothing offered from two thirds on; over after all of it.
    expect(handover).toMatchObject({ fromMs: d3IsCutOffAtMs + 3000, toMs: d3IsCutOffAtMs + 6000 });
    const steps = handover!.steps.filter(({ fromMs, toMs }) => toMs > fromMs);
    expect(steps.map(({ name, member, fromMs, toMs }) => [name, member, toMs - fromMs])).toEqual([
      ['noticing', undefined, 1000],
      ['paused', 'member-d3', 2000],
    ]);
  });

  it('are all over at the end', () => {
    expect(topicAt(Infinity).handovers.every(({ toMs }) => toMs !== undefined)).toBe(true);
  });
});

describe('members', () => {
  it('come and go', () => {
    const { members } = worldAt(Infinity).groups.of('c', 'g')!;
    expect(members.signs.map(({ kind, member }) => `${member} ${kind}`)).toEqual([
      'member-d1 joined',
      'member-d2 joined',
      'member-d3 joined',
      'member-d2 idle',
      'member-d2 left',
      'member-d1 session-lost',
      'member-d1 joined',
      'member-d3 session-silent',
      'member-d3 session-lost',
      'member-d3 joined',
    ]);
    expect([...members.all].filter(({ isPresent }) => isPresent).map(({ id }) => id)).toEqual([
      'member-d1',
      'member-d3',
    ]);
  });
});
