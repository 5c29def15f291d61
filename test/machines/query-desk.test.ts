import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { queryDeskMachine, type QueryDeskEffects, type QueryDeskEvent } from '../../src/machines/query-desk.js';
import { notedEffects } from './noted-effects.js';

function desk() {
  const { effects, calls } = notedEffects<QueryDeskEffects>();
  const actor = createActor(queryDeskMachine, { input: { effects, underWayMax: 2 } });
  actor.start();
  const send = (...types: QueryDeskEvent['type'][]) => types.forEach((type) => actor.send({ type }));
  return { calls, send, state: () => actor.getSnapshot().value };
}

const asked = 'question.asked';
const settled = 'question.settled';

describe('query desk', () => {
  it('begins no more than may be under way, and the next when one is settled', () => {
    const d = desk();
    d.send(asked);
    expect(d.state()).toBe('free');
    d.send(asked, asked);
    expect(d.state()).toBe('busy');
    expect(d.calls).toEqual(['beginNext', 'beginNext']);
    d.send(settled);
    expect(d.calls).toHaveLength(3);
    expect(d.state()).toBe('busy');
    d.send(settled);
    expect(d.state()).toBe('free');
    d.send(settled, asked);
    expect(d.calls).toHaveLength(4);
    expect(d.state()).toBe('free');
  });

  it('answers what is under way when it drains, begins nothing more, and ends', () => {
    const busy = desk();
    busy.send(asked, asked, asked, 'drain', asked);
    expect(busy.calls).toEqual(['beginNext', 'beginNext', 'refuseAll']);
    busy.send(settled);
    expect(busy.state()).toBe('closing');
    busy.send(settled);
    expect(busy.state()).toBe('closed');
    const free = desk();
    free.send('drain');
    expect(free.state()).toBe('closed');
  });
});
