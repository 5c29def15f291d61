import { describe, expect, it } from 'vitest';
import type { BusRecord, CrashReport, FlightEntry, FlightLog } from '../../../src/actors/bus/types.js';
import { at, crash, note, world, type World } from './support.js';

const logOf = ({ bus }: World, address: string): FlightLog =>
  bus.flights().find((log) => log.address === address) ?? expect.fail(`nothing of ${address} is kept`);

const brief = (entry: FlightEntry): string => {
  switch (entry.type) {
    case 'start':
      return `start ${entry.incarnation}`;
    case 'state':
      return `${JSON.stringify(entry.value)} by ${entry.by}`;
    case 'end':
      return `end ${entry.end.how}`;
    case 'fault':
      return `fault ${entry.fault.kind}`;
    case 'event':
    case 'ask':
    case 'outcome':
      return `${entry.type} ${entry.name} ×${entry.times}`;
  }
};

describe('the flight recorder', () => {
  it('keeps what came to an actor and what it went through, though nobody listens', async () => {
    const w = world({ name: 'd2' });
    w.spawn('a');
    await w.rest();
    w.bus.tell(at('a'), { type: 'close' });
    await w.rest();
    void w.ask('a', { deadlineMs: 10 });
    await w.host.clock.runFor(100);
    const log = logOf(w, 'd2:a');
    expect(log).toMatchObject({ kind: 'probe', lives: true, stateBefore: undefined });
    expect(log.entries.map(brief)).toEqual([
      'start 1',
      '"open" by ',
      'event close ×1',
      '"closed" by close',
      'ask question ×1',
      'outcome question ×1',
    ]);
    expect(log.entries.map(({ order }) => order)).toEqual(log.entries.map(({ order }) => order).sort((a, b) => a - b));
  });

  it('takes a run of the same for one entry, so that traffic costs nothing', async () => {
    const w = world();
    w.spawn('a', { body: () => ({ serve: (ask) => ask.reply(1) }) });
    await w.rest();
    for (let i = 0; i < 500; i++) await w.ask('a');
    const { entries } = logOf(w, 'a');
    expect(entries.map(brief)).toEqual(['start 1', '"open" by ', 'ask question ×500']);
    expect(entries.at(-1)).toMatchObject({ served: 'valve', from: undefined });
  });

  it('keeps no more than the last entries, and the state before them', async () => {
    const w = world();
    w.spawn('a');
    await w.rest();
    for (let i = 0; i < 200; i++) {
      w.bus.tell(at('a'), { type: 'close' });
      w.bus.tell(at('a'), { type: 'open' });
      await w.rest();
    }
    const { entries, stateBefore } = logOf(w, 'a');
    expect(entries.filter(({ type }) => type === 'state')).toHaveLength(64);
    expect(entries.filter(({ type }) => type === 'event')).toHaveLength(64);
    expect(stateBefore).toBe('open');
    expect(entries.find(({ type }) => type === 'state')).toMatchObject({ value: 'closed' });
  });

  it('gives only the last of it to somebody who wants no more', async () => {
    const w = world();
    w.spawn('a');
    w.spawn('gone');
    await w.rest();
    for (let i = 0; i < 10; i++) {
      for (const address of ['a', 'gone']) {
        w.bus.tell(at(address), { type: 'close' });
        w.bus.tell(at(address), { type: 'open' });
      }
    }
    await w.rest();
    await w.bus.stop(at('gone'));
    const [gone, living] = w.bus.flights(4);
    expect(living!.entries.map(brief)).toEqual([
      'event close ×1',
      '"closed" by close',
      'event open ×1',
      '"open" by open',
    ]);
    expect(living).toMatchObject({ lives: true, stateBefore: 'open', tagsBefore: ['adopts', 'serves'] });
    expect(gone!.entries.map(brief)).toEqual(['event close ×1', 'event open ×1', '"open" by open', 'end stopped']);
    expect(gone).toMatchObject({ lives: false, stateBefore: 'closed', tagsBefore: [] });
  });

  it('says which tags a state carried', async () => {
    const w = world();
    w.spawn('a');
    await w.rest();
    for (let i = 0; i < 40; i++) {
      w.bus.tell(at('a'), { type: 'close' });
      w.bus.tell(at('a'), { type: 'open' });
    }
    await w.rest();
    const { entries, tagsBefore } = logOf(w, 'a');
    const states = entries.flatMap((entry) => (entry.type === 'state' ? [entry] : []));
    expect(tagsBefore).toEqual(['adopts', 'serves']);
    expect(states[0]).toMatchObject({ value: 'closed', tags: [] });
    expect(states[1]).toMatchObject({ value: 'open', tags: ['adopts', 'serves'] });
  });

  it('never keeps a payload', async () => {
    const w = world();
    w.spawn('a');
    w.bus.tell(at('a'), note('secret'));
    await w.rest();
    expect(JSON.stringify(w.bus.flights())).not.toContain('secret');
  });

  it('keeps those that ended last, and not those that ended before them', async () => {
    const w = world();
    for (let i = 0; i < 600; i++) w.spawn(`a${i}`);
    await w.rest();
    for (let i = 0; i < 600; i++) await w.bus.stop(at(`a${i}`));
    const kept = w.bus.flights();
    expect(kept).toHaveLength(256);
    expect(kept.at(-1)).toMatchObject({ address: 'a599', lives: false });
    expect(kept.at(-1)!.entries.map(brief)).toEqual(['start 1', '"open" by ', 'end stopped']);
  });

  it('tells timers and answers that a machine waited for from what came through the mailbox', async () => {
    const w = world();
    let answer: (text: string) => void = () => {};
    w.spawn('a', { fetch: () => new Promise((resolve) => (answer = resolve)), afterMs: 50 });
    await w.rest();
    for (const end of [() => answer('x'), () => {}]) {
      w.bus.tell(at('a'), { type: 'fetch' });
      await w.rest();
      end();
      await w.host.clock.runFor(60);
    }
    const states = logOf(w, 'a').entries.filter((entry) => entry.type === 'state');
    expect(states.map(brief)).toEqual([
      '"open" by ',
      '"fetching" by fetch',
      '"open" by ',
      '"fetching" by fetch',
      '"closed" by timer',
    ]);
  });

  it('reports a crash with those around it, and the log line says where that report is', async () => {
    const reports: CrashReport[] = [];
    const w = world({ onCrash: (report) => (reports.push(report), '/somewhere/dump.json') });
    const sender = w.spawn('p');
    w.spawn('elsewhere');
    w.spawn('p/a');
    w.spawn('p/a/child');
    await w.rest();
    sender.shell.tell(at('p/a'), note('x'));
    w.bus.tell(at('p/a'), crash());
    await w.rest();
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ address: 'p/a', error: { message: 'boom' } });
    expect(reports[0]!.flights.map(({ address }) => address)).toEqual(['p/a', 'p', 'p/a/child']);
    expect(reports[0]!.flights[0]!.entries.map(brief)).toContain('event do ×1');
    expect(w.log.find(({ address }) => address === 'p/a')).toMatchObject({ dump: '/somewhere/dump.json' });
  });

  it('whose reports cannot be kept does not keep the actor from its restart', async () => {
    const w = world({
      onCrash: () => {
        throw new Error('no space left');
      },
    });
    const diary = w.spawn('a');
    await w.rest();
    w.bus.tell(at('a'), crash());
    await w.host.clock.runFor(200);
    expect(diary.shells).toHaveLength(2);
    expect(w.log.some(({ err }) => (err as Error | undefined)?.message === 'no space left')).toBe(true);
  });
});

describe('a look at an actor', () => {
  it('shows its state and the context of its machine', async () => {
    const w = world();
    w.spawn('a');
    w.bus.tell(at('a'), note('x'));
    await w.rest();
    expect(w.bus.look(at('a'))).toMatchObject({ info: { address: 'a', value: 'open' }, context: { seen: 1 } });
    expect(w.bus.look(at('b'))).toBeUndefined();
  });
});

describe('a snapshot that a tap is given', () => {
  it('names the transitions that were taken, those of its first start aside', async () => {
    const w = world();
    const records: BusRecord[] = [];
    w.bus.tap((record) => records.push(record));
    w.spawn('a', { afterMs: 50 });
    await w.rest();
    w.bus.tell(at('a'), note('x'));
    w.bus.tell(at('a'), { type: 'fetch' });
    await w.host.clock.runFor(60);
    expect(records.flatMap((record) => (record.type === 'snapshot' ? [record.taken] : []))).toEqual([
      [],
      ['probe: (machine) --note--> (stays)'],
      ['probe: (machine) --fetch--> fetching'],
      ['probe: fetching --after patience--> closed'],
    ]);
  });
});
