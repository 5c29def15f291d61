import { describe, expect, it } from 'vitest';
import { History } from '../../../src/inspector/page/model/history.js';
import { World } from '../../../src/inspector/page/model/world.js';
import type { InspectRecord } from '../../../src/inspector/protocol.js';
import { actor, ask, end, event, head, recordingOf, remark, spawn, state } from './records.js';

function worldOf(...records: readonly InspectRecord[]): World {
  const world = new World(head);
  world.applyAll(records);
  return world;
}

const living = (world: World): string[] =>
  [...world.actors.values()].filter(({ goneAtMs }) => goneAtMs === undefined).map(({ address }) => address);

describe('the picture of the world', () => {
  it('knows who lives, in which state and since when', () => {
    const world = worldOf(spawn(1, 'c/a', 'fetcher'), state(2, 'c/a', 'idle'), state(5, 'c/a', 'polling'));
    const found = world.actors.get('c/a')!;
    expect(found).toMatchObject({ kind: 'fetcher', value: 'polling', changedAtMs: 5, startedAtMs: 1 });
    expect(found.states.items.map(({ value }) => value)).toEqual(['idle', 'polling']);
    expect(world.living).toBe(1);
  });

  it('keeps one that is gone, and counts it no more', () => {
    const world = worldOf(spawn(1, 'c/a'), end(2, 'c/a'));
    expect(world.actors.get('c/a')).toMatchObject({ goneAtMs: 2, endedHow: 'done' });
    expect(world.living).toBe(0);
    world.apply(spawn(3, 'c/a'));
    expect(world.living).toBe(1);
    expect(world.actors.get('c/a')!.goneAtMs).toBeUndefined();
  });

  it('shows a crashed one that comes back as restarting', () => {
    const world = worldOf(spawn(1, 'c/a'), state(1, 'c/a', 'on'), end(2, 'c/a', false));
    expect(world.actors.get('c/a')).toMatchObject({ value: 'restarting', goneAtMs: undefined });
    world.apply(spawn(3, 'c/a', 'thing', 2));
    expect(world.actors.get('c/a')).toMatchObject({ incarnation: 2, restarts: 1 });
  });

  it('changes the tree when one comes or goes, and not when one changes', () => {
    const world = worldOf(spawn(1, 'c/a'));
    const before = world.treeVersion;
    world.applyAll([state(2, 'c/a', 'on'), event(3, 'c/a', 'go')]);
    expect(world.treeVersion).toBe(before);
    world.apply(end(4, 'c/a'));
    expect(world.treeVersion).toBeGreaterThan(before);
  });

  it('finds after a gap who went meanwhile', () => {
    const world = worldOf(
      actor(1, 'c/a'),
      actor(1, 'c/b'),
      { type: 'synced', atMs: 1, address: '' },
      { type: 'gap', atMs: 9, address: '', dropped: 40, resync: true },
      actor(9, 'c/b', { value: 'off' }),
      actor(9, 'c/new'),
    );
    expect(living(world)).toEqual(['c/a', 'c/b', 'c/new']);
    world.apply({ type: 'synced', atMs: 9, address: '' });
    expect(living(world)).toEqual(['c/b', 'c/new']);
    expect(world.actors.get('c/b')!.value).toBe('off');
    expect(world.living).toBe(2);
  });

  it('counts events and requests a second, with those that were left out', () => {
    const world = worldOf(spawn(0, 'c/a'), event(1000, 'c/a', 'go', undefined, 5), ask(1500, 'c/a', 'take'), {
      type: 'gap',
      atMs: 1600,
      address: '',
      dropped: 4,
      resync: false,
    });
    expect(world.actors.get('c/a')!.came.perSecond(2000)).toBe(6);
    expect(world.came.perSecond(2000)).toBe(10);
    expect(world.came.perSecond(4000)).toBe(0);
  });
});

describe('what the page has seen', () => {
  it('is a recording that shows the same', () => {
    const records = [actor(1, 'c/a'), state(2, 'c/a', 'off'), remark(3, 'now'), spawn(4, 'c/b')];
    const history = new History(head);
    history.add(records);
    expect(history.recording('page')).toEqual({ ...recordingOf(records), source: 'page' });
  });

  it('begins with how everything was before what it could not keep', () => {
    const history = new History(head, 1000);
    history.add([spawn(1, 'c/a', 'fetcher'), spawn(2, 'c/gone'), end(3, 'c/gone'), state(4, 'c/a', 'idle')]);
    history.add(Array.from({ length: 2000 }, (_, at) => event(10 + at, 'c/a', 'go')));
    const { records } = history.recording('page');
    expect(records.length).toBeLessThan(2004);
    expect(records[0]).toMatchObject({ type: 'actor', actor: { address: 'c/a', kind: 'fetcher', value: 'idle' } });
    const world = worldOf(...records);
    expect(living(world)).toEqual(['c/a']);
    expect(world.nowMs).toBe(2009);
  });
});
