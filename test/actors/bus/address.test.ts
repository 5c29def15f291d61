import { describe, expect, it } from 'vitest';
import { displayAddress, isBelow, joinAddress, namesOf, parentOf } from '../../../src/actors/bus/address.js';
import { at, summary, world } from './support.js';

const odd = ['a/b', 'a:b', '..', '%2F', '100%', 'ü €', '🙂', 'line\nbreak', '\u0000', "it's (one)", ' '];

describe('addresses', () => {
  it.each(odd)('give %j back as it was', (name) => {
    const address = joinAddress('default', name, 'topic');
    expect(address.split('/')).toHaveLength(3);
    expect(namesOf(address)).toEqual(['default', name, 'topic']);
  });

  it('stay apart for different names', () => {
    expect(joinAddress('a', 'b')).not.toBe(joinAddress('a/b'));
    expect(new Set(odd.map((name) => joinAddress(name))).size).toBe(odd.length);
  });

  it('hold no empty names, which would read as another address', () => {
    expect(() => joinAddress('a', '')).toThrow(RangeError);
  });

  it('lie below their ancestors and nobody else', () => {
    expect(isBelow('a/b', 'a')).toBe(true);
    expect(isBelow('ab', 'a')).toBe(false);
    expect(isBelow('a', 'a')).toBe(false);
    expect(isBelow('a', '')).toBe(true);
    expect(isBelow('', '')).toBe(false);
  });

  it('lead up to the root', () => {
    expect(parentOf('a/b/c')).toBe('a/b');
    expect(parentOf('a')).toBe('');
    expect(parentOf('')).toBeUndefined();
    expect(namesOf('')).toEqual([]);
  });

  it('carry the name of the daemon where several share a process', () => {
    expect(displayAddress('d2', joinAddress('default', 'a:b'))).toBe('d2:default/a%3Ab');
    expect(displayAddress('', 'default')).toBe('default');
  });

  it('with odd names lead to their actor', async () => {
    const { spawn, rest, ask } = world();
    for (const name of odd) spawn(joinAddress(name), { body: () => ({ serve: (open) => open.reply(name) }) });
    await rest();
    for (const name of odd) expect(await ask(joinAddress(name))).toEqual({ kind: 'reply', value: name });
  });

  it('do not confuse a name with those that begin like it', async () => {
    const { bus, spawn, rest, ask } = world();
    spawn('a');
    const longer = spawn('ab');
    await rest();
    const outcome = ask('ab');
    await bus.stop(at('a'));
    longer.asks[0]?.reply(1);
    expect(summary(await outcome)).toBe('reply');
  });
});
