import { describe, expect, it } from 'vitest';
import { pingEveryMs } from '../../src/inspector/hub.js';
import { stalledMaxMs, viewerBytesMax } from '../../src/inspector/viewer.js';
import { at, note } from '../actors/bus/support.js';
import { folded, livingIn, stage } from './hub-stage.js';

describe('a viewer that does not take what it is sent', () => {
  /** A bus with 10 actors; the second of two viewers stops reading, and much happens. */
  async function slow() {
    const parts = stage();
    const { bus, join, flush, host } = parts;
    const probe = bus();
    for (let number = 0; number < 10; number++) probe.spawn(`a${number}`, { join: () => undefined });
    await flush();
    const [quick, stuck] = [join(), join()];
    stuck.isPaused = true;
    const busy = async (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        for (let number = 0; number < 600; number++)
          probe.bus.tell(at(`a${number % 10}`), note(`${round} ${number} ${'x'.repeat(150)}`));
        await probe.rest();
        await flush();
      }
    };
    return { ...parts, probe, quick, stuck, busy, host };
  }

  it('is skipped, and holds up nobody', async () => {
    const { quick, stuck, busy } = await slow();
    await busy(20);
    expect(quick.of('event')).toHaveLength(20 * 300);
    expect(stuck.waitingBytes).toBeGreaterThan(viewerBytesMax);
    const waited = stuck.waitingBytes;
    expect(waited).toBeLessThan(2 * viewerBytesMax);
    await busy(5);
    expect(stuck.waitingBytes).toBe(waited);
  });

  it('is told of everyone anew when it takes them again, the gap first', async () => {
    const { probe, quick, stuck, busy, flush, host } = await slow();
    await busy(20);
    probe.bus.tell(at('a3'), { type: 'close' });
    probe.bus.tell(at('a4'), { type: 'finish' });
    await flush();
    stuck.resume();
    const before = stuck.records.length;
    await flush();
    await host.clock.runFor(1000);
    const anew = stuck.records.slice(before).filter(({ type }) => type !== 'sample');
    expect(anew.map(({ type }) => type)).toEqual(['gap', ...Array<string>(9).fill('actor'), 'synced']);
    expect(anew[0]).toMatchObject({ resync: true });
    expect((anew[0] as { dropped: number }).dropped).toBeGreaterThan(1000);
    expect(livingIn(folded(stuck))).toEqual(livingIn(folded(quick)));
    expect(quick.of('gap').every(({ resync }) => !resync)).toBe(true);
  });

  it('is cut off when it takes nothing for long', async () => {
    const { host, hub, quick, stuck, busy } = await slow();
    await busy(20);
    hub.heard(stuck);
    await host.clock.runFor(stalledMaxMs - pingEveryMs);
    for (const socket of [quick, stuck]) hub.heard(socket);
    expect(stuck.isDestroyed).toBe(false);
    await host.clock.runFor(pingEveryMs - 100);
    for (const socket of [quick, stuck]) hub.heard(socket);
    await host.clock.runFor(2000);
    expect([quick.isDestroyed, stuck.isDestroyed]).toEqual([false, true]);
  });
});

describe('a viewer that is gone without a word', () => {
  it('is dropped when it does not answer a ping', async () => {
    const { host, hub, join } = stage();
    const [lives, dead] = [join(), join()];
    await host.clock.runFor(pingEveryMs);
    expect([lives.pings, dead.pings]).toEqual([1, 1]);
    hub.heard(lives);
    await host.clock.runFor(pingEveryMs);
    expect([lives.isDestroyed, dead.isDestroyed]).toEqual([false, true]);
  });
});
