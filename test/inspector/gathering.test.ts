import { describe, expect, it } from 'vitest';
import type { BusRecord } from '../../src/actors/bus/types.js';
import { Gathering, statesPerFlushMax, trafficPerFlushMax } from '../../src/inspector/gathering.js';

let atMs = 0;

const place = (address: string) => ({ atMs: atMs++, address, incarnation: 1 });
const event = (address: string): BusRecord => ({
  ...place(address),
  type: 'event',
  from: undefined,
  event: { type: 'note' },
  joined: 1,
});
const state = (address: string, value: string): BusRecord => ({
  ...place(address),
  type: 'snapshot',
  value,
  tags: [],
  event: 'note',
  taken: [],
});
const end = (address: string): BusRecord => ({ ...place(address), type: 'end', end: { how: 'done' } });
const spawn = (address: string): BusRecord => ({ ...place(address), type: 'spawn', kind: 'probe', parent: undefined });

const shown = (gathering: Gathering): string[] =>
  gathering
    .take()
    .records.map((record) => `${record.address} ${record.type === 'state' ? String(record.value) : record.type}`);

/** So many states that only the last one of each actor is kept from here on. */
function full(): Gathering {
  const gathering = new Gathering();
  for (let number = 0; number < statesPerFlushMax; number++) gathering.add(state('busy', 's'));
  return gathering;
}

const beyond = (gathering: Gathering): string[] => shown(gathering).slice(statesPerFlushMax);

describe('what is gathered for a flush', () => {
  it('is everything, in order, where it is not too much; then it begins anew', () => {
    const gathering = new Gathering();
    for (const record of [spawn('a'), state('a', 'x'), event('a'), state('a', 'y'), end('a')]) gathering.add(record);
    expect(shown(gathering)).toEqual(['a spawn', 'a x', 'a event', 'a y', 'a end']);
    expect(gathering.take()).toEqual({ records: [], dropped: 0, incomplete: false });
  });

  it('is not more traffic than fits', () => {
    const gathering = new Gathering();
    for (let number = 0; number < trafficPerFlushMax + 40; number++) gathering.add(event('a'));
    gathering.add(state('a', 'x'));
    const { records, dropped, incomplete } = gathering.take();
    expect([records.length, dropped, incomplete]).toEqual([trafficPerFlushMax + 1, 40, false]);
  });

  it('is the last state of each actor where there are very many, in the order of time', () => {
    const gathering = full();
    for (const value of ['1', '2', '3']) for (const address of ['a', 'b']) gathering.add(state(address, value));
    gathering.add(spawn('c'));
    gathering.add(state('a', '4'));
    expect(beyond(gathering)).toEqual(['b 3', 'c spawn', 'a 4']);
  });

  it('never tells a state after the end that came after it', () => {
    const gathering = full();
    gathering.add(state('a', '1'));
    gathering.add(end('a'));
    gathering.add(spawn('b'));
    gathering.add(state('b', '1'));
    gathering.add(end('b'));
    gathering.add(spawn('b'));
    gathering.add(state('b', '2'));
    expect(beyond(gathering)).toEqual(['a end', 'b spawn', 'b end', 'b spawn', 'b 2']);
  });
});
