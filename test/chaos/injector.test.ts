import { describe, expect, it } from 'vitest';
import { Injector } from '../../src/chaos/injector.js';
import type { TimelineFault } from '../../src/chaos/script/script.js';
import { describeTarget } from '../../src/chaos/script/targets.js';
import type { ChaosWorld } from '../../src/chaos/world/world.js';
import { virtualHost } from '../../src/host/virtual-host.js';

const startsInMs = 300;

/** A world whose servers take some time to come back, and whose broker 3 cannot be struck. */
function world() {
  const { clock } = virtualHost(1);
  const diary: string[] = [];
  const note = (text: string): void => void diary.push(`${clock.nowMs()} ${text}`);
  const strike: ChaosWorld['strike'] = ({ kind }, target) => {
    const text = `${kind} ${describeTarget(target)}`;
    if (text.endsWith('broker 3')) return Promise.reject(new Error('it is made of stone'));
    note(text);
    const takeBack = async (): Promise<void> => {
      note(`back: ${text}`);
      await new Promise<void>((resolve) => clock.setTimeout(resolve, startsInMs));
    };
    const daemon = 'daemon' in target ? `daemon ${target.daemon}` : undefined;
    return Promise.resolve({ text, daemon, costs: ['commits' as const], takeBack });
  };
  const injector = new Injector({ world: { strike }, clock, nowMs: () => clock.nowMs(), tell: () => {} });
  return { clock, diary, injector };
}

const killBroker = (broker: number, atMs: number, forMs: number): TimelineFault => ({
  atMs,
  forMs,
  fault: { kind: 'kill' },
  target: { type: 'broker', broker },
});
const freezeDaemon: TimelineFault = {
  atMs: 1000,
  forMs: 500,
  fault: { kind: 'freeze' },
  target: { type: 'daemon', daemon: 2 },
};

describe('the injector', () => {
  it('does what the timeline says when it says so, and writes down when it was really over', async () => {
    const { clock, diary, injector } = world();
    injector.start([freezeDaemon, killBroker(1, 1200, 800)]);
    await clock.runFor(1700);
    expect(diary).toEqual(['1000 freeze daemon 2', '1200 kill broker 1', '1500 back: freeze daemon 2']);
    expect(injector.broken).toEqual(['freeze daemon 2', 'kill broker 1']);
    await clock.runFor(10_000);
    expect(injector.broken).toEqual([]);
    expect(injector.faults.map(({ text, fromMs, toMs }) => `${fromMs} ${toMs} ${text}`)).toEqual([
      '1000 1800 freeze daemon 2',
      '1200 2300 kill broker 1',
    ]);
  });

  it('knows when a daemon was struck, also while it still is', async () => {
    const { clock, injector } = world();
    injector.start([freezeDaemon]);
    await clock.runFor(1100);
    expect(injector.wasStruck('daemon 2', 0, 999)).toBe(false);
    expect(injector.wasStruck('daemon 2', 0, 1000)).toBe(true);
    expect(injector.wasStruck('daemon 2', 50_000, 60_000)).toBe(true);
    expect(injector.wasStruck('daemon 1', 0, 1000)).toBe(false);
    await clock.runFor(10_000);
    expect(injector.wasStruck('daemon 2', 1801, 60_000)).toBe(false);
  });

  it('takes back at once what is broken when it is to finish, and begins nothing more', async () => {
    const { clock, diary, injector } = world();
    injector.start([killBroker(1, 100, 50_000), killBroker(2, 5000, 100)]);
    await clock.runFor(1000);
    const finished = injector.finish();
    await clock.runFor(startsInMs);
    await finished;
    await clock.runFor(60_000);
    expect(diary).toEqual(['100 kill broker 1', '1000 back: kill broker 1']);
  });

  it('leaves everything as it is when it is to stop, since its world ends', async () => {
    const { clock, diary, injector } = world();
    injector.start([killBroker(1, 100, 500), killBroker(2, 5000, 100)]);
    await clock.runFor(200);
    injector.stop();
    await clock.runFor(60_000);
    expect(diary).toEqual(['100 kill broker 1']);
  });

  it('keeps in mind what could not be done, and goes on', async () => {
    const { clock, diary, injector } = world();
    injector.start([killBroker(3, 100, 500), killBroker(2, 200, 100)]);
    await clock.runFor(5000);
    expect(injector.undone).toEqual([
      { atMs: 100, text: 'kill broker 3 at 100ms for 500ms could not be done: it is made of stone' },
    ]);
    expect(diary).toEqual(['200 kill broker 2', '300 back: kill broker 2']);
  });
});
