import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { virtualHost } from '../../src/host/virtual-host.js';
import {
  handoverDeskMachine,
  type HandoverDeskEffects,
  type HandoverDeskEvent,
} from '../../src/machines/handover-desk.js';
import { scriptedEffects } from './scripted-effects.js';

function desk() {
  const { clock } = virtualHost();
  const note = (name: string, [first]: readonly unknown[]) =>
    name === 'logFailure' ? `${name}(${String(first)})` : name;
  const script = scriptedEffects<HandoverDeskEffects>(clock, ['announce', 'readRequests'], note);
  const actor = createActor(handoverDeskMachine, { input: { effects: script.effects, retryBackoffMs: 1000 }, clock });
  actor.start();
  const send = (...events: HandoverDeskEvent[]) => events.forEach((event) => actor.send(event));
  return { ...script, clock, send, state: () => actor.getSnapshot().value };
}

const session = (state: 'up' | 'lapsed' | 'away' | 'lost') => ({ type: 'session.changed' as const, state });
const changed = { type: 'requests.changed' } as const;

async function listening() {
  const d = desk();
  d.send(session('up'));
  await d.done('announce');
  await d.done('readRequests');
  d.takeCalls();
  return d;
}

describe('handover desk', () => {
  it('announces itself before it reads, and reads again when something came', async () => {
    const d = desk();
    d.send(session('lapsed'));
    expect(d.state()).toBe('away');
    d.send(session('up'));
    expect(d.takeCalls()).toEqual(['watchSession', 'noteAway', 'noteAway', 'announce']);
    await d.done('announce');
    await d.done('readRequests');
    expect(d.state()).toBe('listening');
    d.send(session('up'), changed);
    expect(d.state()).toBe('reading');
    expect(d.takeCalls()).toEqual(['readRequests', 'readRequests']);
  });

  it('forgets nothing that comes while it reads', async () => {
    const d = await listening();
    d.send(changed, changed);
    await d.done('readRequests');
    expect(d.state()).toBe('reading');
    await d.done('readRequests');
    expect(d.state()).toBe('listening');
    expect(d.takeCalls()).toEqual(['readRequests', 'readRequests']);
  });

  it.each(['announce', 'readRequests'] as const)('begins anew a while after %s failed', async (step) => {
    const d = desk();
    d.send(session('up'));
    if (step === 'readRequests') await d.done('announce');
    await d.fail(step);
    expect(d.state()).toBe('backingOff');
    expect(d.takeCalls().at(-1)).toBe(`logFailure(${step === 'announce' ? 'announce' : 'read'})`);
    await d.clock.runFor(1000);
    expect(d.state()).toBe('announcing');
  });

  it.each(['lost', 'lapsed'] as const)(
    'reads nothing while the session is %s, and announces itself anew',
    async (state) => {
      const d = await listening();
      d.send(session(state), changed);
      expect(d.state()).toBe('away');
      d.send(session('up'));
      expect(d.takeCalls()).toEqual(['noteAway', 'announce']);
    },
  );

  it('ends at once when it drains', async () => {
    const d = await listening();
    d.send({ type: 'drain' });
    expect(d.state()).toBe('closed');
  });
});
