import { describe, expect, it } from 'vitest';
import type { Bus, BusRecord } from '../../src/actors/bus/types.js';
import { livesPerFlushMax } from '../../src/inspector/gathering.js';
import { viewersMax } from '../../src/inspector/hub.js';
import { at, crash, note, type ProbeOptions } from '../actors/bus/support.js';
import { folded, isTapped, livingIn, stage } from './hub-stage.js';

describe('a viewer that joins', () => {
  it('is told who is there and how they are, before it is told what happens', async () => {
    const { bus, join, flush } = stage();
    const { spawn, bus: first } = bus();
    const other = bus('d2');
    spawn('');
    spawn('a');
    spawn('a/b/c');
    other.spawn('x');
    await flush();
    first.tell(at('a/b/c'), { type: 'close' });
    await flush();
    const socket = join();
    expect(socket.frames.map(({ type }) => type)).toEqual(['head', 'past', 'records']);
    expect(socket.frames[0]).toEqual({
      type: 'head',
      protocol: 1,
      product: 'kafka-pixy test',
      wallAtZeroMs: 5,
      daemons: [
        { name: '', memberIds: { c: 'member' }, listens: [] },
        { name: 'd2', memberIds: { c: 'memberd2' }, listens: [] },
      ],
    });
    expect(socket.records.map(({ type }) => type)).toEqual(['actor', 'actor', 'actor', 'actor', 'synced']);
    const pictures = socket.of('actor').map(({ actor: { address, kind, parent, value, tags } }) => ({
      address,
      kind,
      parent,
      value,
      tags,
    }));
    const open = { kind: 'probe', value: 'open', tags: ['serves', 'adopts'] };
    expect(pictures).toEqual([
      { ...open, address: '', parent: undefined },
      { ...open, address: 'a', parent: '' },
      { ...open, address: 'a/b/c', parent: 'a', value: 'closed', tags: [] },
      { ...open, address: 'd2:x', parent: undefined },
    ]);
  });

  it('gets events, states, requests and ends within a flush, in their order', async () => {
    const { bus, join, flush } = stage();
    const { spawn, bus: it, ask } = bus();
    spawn('');
    spawn('a');
    await flush();
    const socket = join();
    const before = socket.records.length;
    it.tell(at('a'), note('x'));
    it.tell(at('a'), { type: 'close' });
    void ask('a', { deadlineMs: 10 });
    await flush();
    it.tell(at('a'), { type: 'finish' });
    await flush();
    const told = socket.records.slice(before).map((record) => {
      const { type } = record;
      if (type === 'event' || type === 'ask' || type === 'outcome') return `${type} ${record.name}`;
      return type === 'state' ? `state ${JSON.stringify(record.value)} by ${record.by}` : type;
    });
    expect(told.filter((text) => !text.startsWith('sample'))).toEqual([
      'ask question',
      'event note',
      'state "open" by note',
      'event close',
      'state "closed" by close',
      'state "closed" by asked',
      'outcome question',
      'event finish',
      'state "finished" by finish',
      'end',
      'state "open" by child.ended',
    ]);
    expect(livingIn(folded(socket))).toEqual([' "open"']);
  });

  it('is turned away with a reason when there are too many', () => {
    const { hub, join } = stage();
    const sockets = Array.from({ length: viewersMax + 1 }, join);
    expect(sockets.filter(({ closed }) => closed !== undefined)).toEqual([sockets.at(-1)]);
    expect(sockets.at(-1)!.closed).toEqual({ code: 1013, reason: '16 viewers look on already; close one of them.' });
    hub.leave(sockets[0]!);
    expect(join().closed).toBeUndefined();
  });

  it('is told of everyone, however many there are, in pieces', async () => {
    const { bus, join, flush } = stage();
    const { spawn, rest } = bus();
    for (let number = 0; number < 2500; number++) spawn(`a${number}`);
    await rest();
    const socket = join();
    expect(socket.of('actor')).toHaveLength(1000);
    expect(socket.of('synced')).toHaveLength(0);
    await flush();
    await flush();
    expect(socket.of('actor')).toHaveLength(2500);
    expect(socket.of('synced')).toHaveLength(1);
    expect(new Set(socket.of('actor').map(({ address }) => address)).size).toBe(2500);
  });
});

describe('the last viewer that leaves', () => {
  it('leaves nothing behind: no tap, no timer', async () => {
    const { host, hub, bus, join, flush } = stage();
    const { spawn, bus: it } = bus();
    spawn('a');
    await flush();
    expect([isTapped(it), host.clock.pendingTimers]).toEqual([false, 0]);
    const [first, second] = [join(), join()];
    hub.take(first, { type: 'look', address: 'a', reveal: false });
    hub.take(second, { type: 'watch-group', group: { cluster: 'c', group: 'g' } });
    hub.take(second, { type: 'list-groups', cluster: 'c' });
    await flush();
    expect([isTapped(it), host.clock.pendingTimers]).toEqual([true, 1]);
    hub.leave(first);
    expect(isTapped(it)).toBe(true);
    hub.leave(second);
    await host.clock.settle();
    expect([isTapped(it), host.clock.pendingTimers]).toEqual([false, 0]);
    const sent = second.sent.length;
    it.tell(at('a'), note('x'));
    await host.clock.runFor(60_000);
    expect(second.sent).toHaveLength(sent);
    hub.leave(second);
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('tells whoever comes later how it is then', async () => {
    const { hub, bus, join, flush } = stage();
    const { spawn, bus: it } = bus();
    spawn('a');
    spawn('b');
    await flush();
    hub.leave(join());
    it.tell(at('a'), { type: 'close' });
    it.tell(at('b'), { type: 'finish' });
    await flush();
    expect(livingIn(folded(join()))).toEqual(['a "closed"']);
  });
});

describe('samples', () => {
  const counting: ProbeOptions = {
    body: (_, diary) => ({ describe: () => ({ notes: diary.lines.length, name: 'x' }) }),
  };

  it('come once a second, of those alone that have changed', async () => {
    const { host, bus, join } = stage();
    const { spawn, bus: it } = bus();
    spawn('a', counting);
    spawn('b', counting);
    await host.clock.settle();
    const socket = join();
    await host.clock.runFor(1000);
    const load = { name: 'x', notes: 0 };
    expect(socket.of('sample').map(({ address, sample }) => [address, sample])).toEqual([
      ['a', { mailboxLength: 0, openAsks: 0, load }],
      ['b', { mailboxLength: 0, openAsks: 0, load }],
    ]);
    await host.clock.runFor(3000);
    expect(socket.of('sample')).toHaveLength(2);
    it.tell(at('b'), note('one'));
    it.tell(at('b'), note('two'));
    await host.clock.runFor(2000);
    expect(socket.of('sample').slice(2)).toMatchObject([{ address: 'b', sample: { load: { notes: 2 } } }]);
  });

  it('are spread over the second where there are many', async () => {
    const { host, bus, join, flush } = stage();
    const { spawn, rest } = bus();
    let looks = 0;
    const described: ProbeOptions = { body: () => ({ describe: () => ({ looks: ++looks }) }) };
    for (let number = 0; number < 1000; number++) spawn(`a${number}`, described);
    await rest();
    join();
    await host.clock.runFor(1000);
    const each: number[] = [];
    for (let step = 0; step < 40; step++) {
      const before = looks;
      await flush();
      each.push(looks - before);
    }
    expect(Math.max(...each)).toBeLessThan(60);
    expect(each.reduce((sum, count) => sum + count)).toBeGreaterThan(1800);
  });
});

describe('too much to be told', () => {
  it('is counted, while states are told', async () => {
    const { host, bus, join, flush } = stage();
    const { spawn, bus: it, rest } = bus();
    spawn('a', { join: () => undefined });
    await flush();
    const socket = join();
    for (let number = 0; number < 700; number++) it.tell(at('a'), note('x'));
    await rest();
    await host.clock.runFor(1000);
    expect(socket.of('event')).toHaveLength(300);
    expect(socket.of('state')).toHaveLength(700);
    expect(socket.of('gap')).toMatchObject([{ dropped: 400, resync: false }]);
    expect(folded(socket).remarks.items).toMatchObject([{ type: 'gap' }]);
  });

  it('of comings and goings, has everyone told anew', async () => {
    const { daemons, join, flush, host } = stage();
    let tell: (record: BusRecord) => void = () => {};
    const bus: Partial<Bus> = {
      host,
      name: '',
      actors: () => [],
      flights: () => [],
      tap: (listener) => {
        tell = listener;
        return () => {};
      },
    };
    daemons.push({ bus: bus as Bus, memberIds: {}, listens: () => [] });
    const socket = join();
    for (let number = 0; number <= livesPerFlushMax; number++) {
      const place = { atMs: 0, address: `a${number % 7}`, incarnation: 1 };
      tell({ ...place, type: 'fault', fault: { kind: 'crash' } });
    }
    await flush();
    expect(socket.records).toMatchObject([
      { type: 'synced' },
      { type: 'gap', dropped: livesPerFlushMax + 1, resync: true },
      { type: 'synced' },
    ]);
  });
});

describe('a daemon of several', () => {
  it('that comes while somebody looks on is told of, and what happens in it', async () => {
    const { bus, join, flush } = stage();
    bus().spawn('a');
    await flush();
    const socket = join();
    const later = bus('d2');
    later.spawn('');
    later.spawn('b');
    await later.rest();
    await flush();
    later.bus.tell(at('b'), { type: 'close' });
    await flush();
    expect(socket.answers('head').map(({ daemons }) => daemons.map(({ name }) => name))).toEqual([[''], ['', 'd2']]);
    expect(livingIn(folded(socket))).toEqual(['a "open"', 'd2: "open"', 'd2:b "closed"']);
  });

  it('that goes takes its actors along, whether it ended or not', async () => {
    const { bus, join, flush, daemons } = stage();
    bus().spawn('a');
    const [ends, leaves] = [bus('d2'), bus('d3')];
    ends.spawn('b');
    leaves.spawn('c');
    await flush();
    const socket = join();
    void ends.bus.close();
    await flush();
    daemons.splice(1, 1);
    await flush();
    expect(socket.of('gap')).toEqual([]);
    expect(livingIn(folded(socket))).toEqual(['a "open"', 'd3:c "open"']);
    daemons.pop();
    await flush();
    expect(isTapped(leaves.bus)).toBe(false);
    expect(livingIn(folded(socket))).toEqual(['a "open"']);
  });
});

describe('what a viewer asks for', () => {
  it('shows an actor closely, when it has changed, at most ten times a second', async () => {
    const { host, hub, bus, join, flush } = stage();
    const { spawn, bus: it, rest } = bus('d1');
    spawn('a');
    await flush();
    const socket = join();
    hub.take(socket, { type: 'look', address: 'd1:a', reveal: false });
    await host.clock.runFor(1000);
    expect(socket.answers('looked')).toMatchObject([
      { looked: { address: 'd1:a', revealed: false, context: { seen: 0 } } },
    ]);
    for (let round = 0; round < 40; round++) {
      it.tell(at('a'), note('x'));
      await rest();
      await host.clock.runFor(25);
    }
    const seen = socket.answers('looked').map(({ looked }) => (looked.context as { seen: number }).seen);
    expect(seen.length).toBeLessThan(13);
    expect(seen.at(-1)).toBeGreaterThan(30);
    it.tell(at('a'), { type: 'finish' });
    await host.clock.runFor(200);
    expect(socket.answers('looked').at(-1)).toEqual({ type: 'looked', looked: { address: 'd1:a', revealed: false } });
    hub.take(socket, { type: 'look', address: null, reveal: false });
    const count = socket.answers('looked').length;
    spawn('a');
    await host.clock.runFor(1000);
    expect(socket.answers('looked')).toHaveLength(count);
  });

  it('tells that there is no such actor', async () => {
    const { hub, join, flush } = stage();
    const socket = join();
    hub.take(socket, { type: 'look', address: 'd7:nobody/there', reveal: true });
    await flush();
    expect(socket.answers('looked')).toEqual([
      { type: 'looked', looked: { address: 'd7:nobody/there', revealed: true } },
    ]);
  });

  it('goes one step on', () => {
    const { hub, join, nexts } = stage();
    hub.take(join(), { type: 'next' });
    expect(nexts).toEqual([0]);
  });
});

describe('remarks', () => {
  it('reach everyone, and those who come later', async () => {
    const { hub, join, flush } = stage();
    hub.remark('before anybody came');
    const early = join();
    hub.remark('while one looked on');
    await flush();
    const late = join();
    expect(early.past.map((record) => record.type === 'remark' && record.text)).toEqual(['before anybody came']);
    expect(early.of('remark')).toMatchObject([{ text: 'while one looked on' }]);
    expect(late.past).toMatchObject([{ text: 'before anybody came' }, { text: 'while one looked on' }]);
  });
});

describe('the past', () => {
  it('is told to whoever comes late: what actors went through before anybody looked, those that are gone as well', async () => {
    const { bus, join, host } = stage();
    const { spawn, bus: it, rest } = bus();
    spawn('a');
    spawn('b');
    await rest();
    it.tell(at('a'), { type: 'close' });
    await host.clock.runFor(100);
    await it.stop(at('b'));
    const { past, records } = join();
    const told = past.filter(({ type }) => type === 'state' || type === 'end');
    expect(told).toMatchObject([
      { address: 'a', type: 'state', value: 'open' },
      { address: 'b', type: 'state', value: 'open' },
      { address: 'a', type: 'state', value: 'closed', by: 'close' },
      { address: 'b', type: 'end', how: 'stopped', gone: true },
    ]);
    expect(records).toMatchObject([{ type: 'actor', address: 'a' }, { type: 'synced' }]);
  });
});

describe('a hub that is closed', () => {
  it('tells the last, says goodbye, and takes nobody in', async () => {
    const { host, hub, bus, join, flush } = stage();
    const { spawn, bus: it, rest } = bus();
    spawn('a');
    await flush();
    const socket = join();
    it.tell(at('a'), crash());
    await rest();
    hub.close();
    expect(socket.of('end')).toMatchObject([{ address: 'a', how: 'crashed', reason: 'boom', gone: false }]);
    expect(socket.closed).toEqual({ code: 1001, reason: 'The daemon has ended.' });
    expect(isTapped(it)).toBe(false);
    expect(join().closed).toEqual({ code: 1001, reason: 'The daemon is about to end.' });
    hub.remark('into the void');
    await host.clock.runFor(1000);
    expect(host.clock.pendingTimers).toBe(0);
  });
});
