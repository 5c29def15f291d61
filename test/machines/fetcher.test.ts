import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { virtualHost } from '../../src/host/virtual-host.js';
import {
  fetcherMachine,
  type FetcherEffects,
  type FetcherEvent,
  type FetchTargetRef,
} from '../../src/machines/fetcher.js';
import { scriptedEffects } from './scripted-effects.js';

const keys = (targets: unknown) => [...(targets as ReadonlyMap<string, unknown>).keys()].join();
const note = (name: string, args: readonly unknown[]) => (name === 'fetch' ? `fetch(${keys(args[0])})` : name);

function fetcher(targets: readonly FetchTargetRef[] = []) {
  const { clock } = virtualHost();
  const script = scriptedEffects<FetcherEffects>(clock, [], note);
  const input = {
    effects: script.effects,
    targets: new Map(targets.map((target) => [target.key, target])),
    retryBackoffMs: 500,
  };
  const actor = createActor(fetcherMachine, { input, clock });
  actor.start();
  const send = (...events: FetcherEvent[]) => events.forEach((event) => actor.send(event));
  return { ...script, clock, send, state: () => actor.getSnapshot().value };
}

const [a, b] = [{ key: 'a' }, { key: 'b' }];
const add = (target: FetchTargetRef) => ({ type: 'partition.add' as const, target });
const remove = (target: FetchTargetRef) => ({ type: 'partition.remove' as const, target });
const room = { type: 'partition.room' } as const;
const fetched = (wanting: number) => ({ type: 'fetched' as const, wanting });
const failed = { type: 'fetch.failed' as const, error: new Error('gone') };

describe('fetcher', () => {
  it('has one request under way; what comes meanwhile is in the next', () => {
    const f = fetcher();
    f.send(add(a), add(b));
    expect(f.takeCalls()).toEqual(['keepTargets', 'fetch(a)', 'keepTargets']);
    f.send(fetched(2));
    expect(f.takeCalls()).toEqual(['noteSuccess', 'fetch(a,b)']);
  });

  it('reads what came, or has room again, while its last answer waited to be looked at', () => {
    const came = fetcher([a]);
    came.send(remove(a), add({ key: 'a' }), fetched(0));
    expect([came.state(), came.takeCalls().at(-1)]).toEqual(['polling', 'fetch(a)']);
    came.send(fetched(0));
    expect(came.state()).toBe('idle');
    const emptied = fetcher([a]);
    emptied.send(room, fetched(0));
    expect([emptied.state(), emptied.takeCalls().at(-1)]).toEqual(['polling', 'fetch(a)']);
    emptied.send(fetched(0));
    expect(emptied.state()).toBe('idle');
  });

  it('asks nothing while no partition has room, and again when one has', () => {
    const f = fetcher([a]);
    f.send(fetched(0));
    expect(f.state()).toBe('idle');
    f.takeCalls();
    f.send(room);
    expect(f.takeCalls()).toEqual(['fetch(a)']);
  });

  it('ends with its last partition, idle or polling', () => {
    const idle = fetcher([a, b]);
    idle.send(fetched(0), remove(b));
    expect(idle.state()).toBe('idle');
    idle.send(remove(a));
    expect(idle.state()).toBe('gone');
    const polling = fetcher([a]);
    polling.send(remove(a));
    expect(polling.state()).toBe('polling');
    polling.send(fetched(0));
    expect(polling.state()).toBe('gone');
  });

  it('does not take back a partition for an owner that came later', () => {
    const f = fetcher([a]);
    f.send(add({ key: 'a' }), remove(a), fetched(1));
    expect(f.takeCalls().at(-1)).toBe('fetch(a)');
  });

  it('asks again after a back-off, and has the metadata looked at', async () => {
    const f = fetcher([a]);
    f.send(failed);
    expect(f.state()).toBe('backingOff');
    await f.clock.runFor(500);
    expect(f.takeCalls()).toEqual(['fetch(a)', 'noteFailure', 'fetch(a)']);
  });

  it('reads what came during a back-off when that is over', async () => {
    const f = fetcher([a]);
    f.send(failed, add(b));
    expect(f.state()).toBe('backingOff');
    await f.clock.runFor(500);
    expect(f.takeCalls().at(-1)).toBe('fetch(a,b)');
  });

  it('goes on with what an earlier incarnation read', () => {
    expect(fetcher([a, b]).takeCalls()).toEqual(['fetch(a,b)']);
    expect(fetcher().state()).toBe('idle');
  });
});
