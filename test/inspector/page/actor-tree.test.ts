import { beforeEach, describe, expect, it } from 'vitest';
import { ActorTree } from '../../../src/inspector/page/model/actor-tree.js';
import { World } from '../../../src/inspector/page/model/world.js';
import { end, head, spawn, state } from './records.js';

let world: World;
let tree: ActorTree;

beforeEach(() => {
  world = new World(head);
  tree = new ActorTree();
});

const come = (...addresses: readonly string[]): void => world.applyAll(addresses.map((address) => spawn(1, address)));

/** As it is drawn: two spaces a level, in brackets how many are below. */
const drawn = (): string[] =>
  tree.rows(world).rows.map(({ node, level, isOpen }) => {
    const below = node.below > 0 ? ` (${node.below}${isOpen ? '' : ', closed'})` : '';
    return `${'  '.repeat(level - 1)}${node.lead}${node.name}${below}`;
  });

const oneDaemon = [
  'daemon (5)',
  '  c (5)',
  '    group/g (3)',
  '      topic/t (2)',
  '        partition/2',
  '        partition/10',
  '    zookeeper',
];

describe('the tree of actors', () => {
  it.each([
    ['from the top', ['', 'c/zookeeper', 'c/group/g', 'c/group/g/topic/t']],
    ['from below', ['c/group/g/topic/t', 'c/group/g', 'c/zookeeper', '']],
  ])('is by address, with the cluster as a level, whoever came first: %s', (_, addresses) => {
    const [first, ...others] = addresses;
    come('c/group/g/topic/t/partition/10', first!);
    drawn();
    come('c/group/g/topic/t/partition/2', ...others);
    expect(drawn()).toEqual(oneDaemon);
  });

  it('keeps daemons apart, and reads names as they were meant', () => {
    come('d2:c/zookeeper', 'd2:', 'd1:c/group/a%2Fb', 'd1:');
    expect(drawn()).toEqual(['d1 (1)', '  c (1)', '    group/a/b', 'd2 (1)', '  c (1)', '    zookeeper']);
  });

  it('shows those that are gone for some seconds, and what was below them then where it belongs', () => {
    come('', 'c/group/g', 'c/group/g/topic/t', 'c/group/g/topic/t/partition/1', 'd1:');
    world.apply(end(1000, 'c/group/g/topic/t'));
    expect(drawn()).toContain('      topic/t (1)');
    world.nowMs = 6000;
    expect(drawn()).toEqual(['daemon (2)', '  c (2)', '    group/g (1)', '      topic/t/partition/1', 'd1']);
  });

  it('has no cluster without actors', () => {
    come('', 'c/a');
    drawn();
    world.apply(end(1, 'c/a'));
    world.nowMs = 10_000;
    expect(drawn()).toEqual(['daemon']);
  });

  it('goes on with another world, as a slider moves', () => {
    come('', 'c/a', 'c/b');
    drawn();
    world = new World(head);
    come('', 'c/b', 'c/x');
    expect(drawn()).toEqual(['daemon (2)', '  c (2)', '    b', '    x']);
    world.apply(state(2, 'c/x', 'on'));
    expect(tree.rows(world).rows[3]!.node.actor!.value).toBe('on');
  });

  it('closes and opens', () => {
    come('', 'c/group/g', 'c/group/g/committer', 'c/zookeeper');
    tree.toggle('c/group/g', false);
    expect(drawn()).toEqual(['daemon (3)', '  c (3)', '    group/g (1, closed)', '    zookeeper']);
    expect(tree.rows(world).found).toBe(4);
    tree.reveal('c/zookeeper');
    expect(drawn()).not.toContain('      committer');
    tree.reveal('c/group/g/committer');
    expect(drawn()).toContain('      committer');
  });

  it('tells each row its place among its siblings', () => {
    come('', 'c/a', 'c/b');
    expect(tree.rows(world).rows.map(({ place, places }) => [place, places])).toEqual([
      [1, 1],
      [1, 1],
      [1, 2],
      [2, 2],
    ]);
  });

  it('makes rows anew only when something came, went, was closed or is searched', () => {
    come('', 'c/a');
    const { rows } = tree.rows(world);
    world.apply(state(2, 'c/a', 'on'));
    expect(tree.rows(world).rows).toBe(rows);
    come('c/b');
    expect(tree.rows(world).rows).not.toBe(rows);
  });
});

describe('a search', () => {
  beforeEach(() => {
    come('', 'c/group/g', 'c/group/g/topic/t', 'c/zookeeper');
    world.applyAll([spawn(1, 'c/group/g/fetcher/1', 'fetcher'), state(1, 'c/group/g/fetcher/1', 'polling')]);
  });

  it.each([
    ['FETCHER', 1, '      fetcher/1'],
    ['group poll', 1, '      fetcher/1'],
    ['zoo', 1, '    zookeeper'],
  ])('finds address, kind and state: %s', (search, found, row) => {
    tree.search = search;
    expect(tree.rows(world).found).toBe(found);
    expect(drawn().at(-1)).toBe(row);
  });

  it('shows what is above the found, closed or not', () => {
    tree.toggle('c/group/g', false);
    tree.search = 'fetcher/1';
    expect(drawn().map((row) => row.trim().split(' ')[0])).toEqual(['daemon', 'c', 'group/g', 'fetcher/1']);
  });

  it('follows the states', () => {
    tree.search = 'backingOff';
    expect(tree.rows(world)).toEqual({ rows: [], found: 0 });
    world.apply(state(2, 'c/group/g/fetcher/1', 'backingOff'));
    expect(tree.rows(world).found).toBe(1);
  });
});
