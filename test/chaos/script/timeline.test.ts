import { describe, expect, it } from 'vitest';
import { readScript } from '../../../src/chaos/script/read.js';
import { describeFault, isInTheWay, resolveTimeline } from '../../../src/chaos/script/timeline.js';

const read = (text: string) => readScript('my.yaml', `title: What happens?\n${text}`);
const told = (text: string, seed?: number) => resolveTimeline(read(text), seed).map(describeFault);

describe('the timeline of a script', () => {
  it('has each fault in the order of time, with its targets counted out', () => {
    const script = `daemons: { count: 2 }
cluster: { brokers: 2 }
faults:
  - { at: 20s, cut: every daemon -> every broker, for: 1500ms }
  - { at: 5s, kill: zookeeper, for: 3s }
  - { at: 7s, delay: clients -> every daemon, by: 200ms, for: 2s }
  - { at: 6s, crash: default/group/*, in: every daemon }`;
    expect(told(script)).toEqual([
      'kill zookeeper at 5s for 3s',
      'crash default/group/* in daemon 1 at 6s',
      'crash default/group/* in daemon 2 at 6s',
      'delay clients -> daemon 1 at 7s for 2s',
      'delay clients -> daemon 2 at 7s for 2s',
      'cut daemon 1 -> broker 1 at 20s for 1500ms',
      'cut daemon 1 -> broker 2 at 20s for 1500ms',
      'cut daemon 2 -> broker 1 at 20s for 1500ms',
      'cut daemon 2 -> broker 2 at 20s for 1500ms',
    ]);
  });

  it('takes a fault without a length to the end, a restart and what happens at once to no time', () => {
    const script = `duration: 20s
faults:
  - { at: 5s, freeze: daemon 1 }
  - { at: 6s, restart: broker 1 }
  - { at: 7s, expireSession: daemon 2 }`;
    expect(resolveTimeline(read(script)).map(({ atMs, forMs }) => [atMs, forMs])).toEqual([
      [5000, 15_000],
      [6000, 0],
      [7000, 0],
    ]);
  });

  it('carries what a fault needs to be done', () => {
    const script = `faults:
  - { at: 5s, delay: daemon 1 -> zookeeper, by: 200ms, for: 1s }
  - { at: 6s, throttle: daemon 1 -> broker 1, to: 64KiB/s, for: 1s }`;
    expect(resolveTimeline(read(script)).map(({ fault, target }) => ({ fault, target }))).toEqual([
      { fault: { kind: 'delay', delayMs: 200 }, target: { type: 'daemon-to-zookeeper', daemon: 1 } },
      {
        fault: { kind: 'throttle', bytesPerSecond: 65_536 },
        target: { type: 'daemon-to-broker', daemon: 1, broker: 1 },
      },
    ]);
  });

  it('lets a process and its links, and actors in several ways, be struck at one time', () => {
    const script = `faults:
  - { at: 5s, freeze: daemon 1, for: 5s }
  - { at: 6s, expireSession: daemon 1 }
  - { at: 6s, cut: daemon 1 -> zookeeper, for: 5s }
  - { at: 6s, cut: daemon 1 -> every broker, for: 5s }
  - { at: 6s, slow: default/**, in: daemon 1, for: 4s }
  - { at: 7s, full: default/**, in: daemon 1, for: 2s }
  - { at: 10s, kill: daemon 1, for: 5s }`;
    expect(told(script)).toHaveLength(9);
  });
});

const random = `duration: 60s
daemons: { count: 3 }
faults:
  - { at: 10s, freeze: daemon 1, for: 30s }
random:
  seed: 3
  every: 2s
  from: 6s
  until: 50s
  of:
    - { kill: any daemon, for: 1s..6s }
    - { cut: any daemon -> every broker, for: 2s }
    - { expireSession: any daemon }`;

describe('faults at random', () => {
  it('are the same for the same seed, which the caller can replace, and others for another', () => {
    expect(told(random)).toEqual(told(random));
    expect(told(random, 3)).toEqual(told(random));
    expect(told(random, 4)).not.toEqual(told(random));
    expect(told(random.replace('seed: 3', 'seed: 4'))).toEqual(told(random, 4));
  });

  it.each(Array.from({ length: 50 }, (_, at) => at))('of seed %i are never in the way of another one', (seed) => {
    const timeline = resolveTimeline(read(random), seed);
    for (const [at, fault] of timeline.entries())
      for (const other of timeline.slice(0, at))
        expect(isInTheWay(fault, other), `${describeFault(fault)} and ${describeFault(other)}`).toBe(false);
  });

  it('begin within their time, end with the run, last as long as they may, and strike all in the course of time', () => {
    const drawn = Array.from({ length: 20 }, (_, seed) =>
      resolveTimeline(read(random), seed).filter(({ fault }) => fault.kind === 'kill'),
    );
    const kills = drawn.flat();
    for (const { atMs, forMs } of kills) {
      expect(atMs).toBeGreaterThanOrEqual(6000);
      expect(atMs).toBeLessThan(50_000);
      expect(forMs).toBeGreaterThanOrEqual(1000);
      expect(forMs).toBeLessThanOrEqual(6000);
    }
    expect(new Set(kills.map(({ target }) => (target.type === 'daemon' ? target.daemon : 0)))).toEqual(
      new Set([1, 2, 3]),
    );
    expect(Math.max(...kills.map(({ forMs }) => forMs)) - Math.min(...kills.map(({ forMs }) => forMs))).toBeGreaterThan(
      3000,
    );
  });

  it('leave a time quiet in which there is nobody to strike', () => {
    const script = `duration: 20s
daemons: { count: 1 }
faults: [{ at: 5s, kill: daemon 1 }]
random: { every: 5s, from: 0s, of: { kill: any daemon, for: 1s } }`;
    const timeline = told(script);
    expect(timeline.at(-1)).toBe('kill daemon 1 at 5s for 15s');
    expect(timeline.length).toBeLessThanOrEqual(2);
  });

  it.each(Array.from({ length: 50 }, (_, at) => at))('of seed %i last as long as they were drawn to', (seed) => {
    const script = `duration: 20s
random:
  every: 2s
  of:
    - { freeze: any broker, for: 3s..9s }
    - { cut: any daemon -> zookeeper, for: 5s }`;
    const timeline = resolveTimeline(read(script), seed);
    expect(timeline.length).toBeGreaterThan(2);
    for (const { atMs, forMs, fault } of timeline) {
      expect(forMs).toBeGreaterThanOrEqual(fault.kind === 'cut' ? 5000 : 3000);
      expect(atMs + forMs).toBeLessThanOrEqual(20_000);
    }
  });

  it('that last until the end leave some time until then', () => {
    const script = 'duration: 20s\nrandom: { every: 500ms, from: 17s, of: { freeze: any broker } }';
    const timelines = Array.from({ length: 50 }, (_, seed) => resolveTimeline(read(script), seed));
    for (const { atMs, forMs } of timelines.flat()) {
      expect(atMs + forMs).toBe(20_000);
      expect(forMs).toBeGreaterThanOrEqual(1000);
    }
  });
});
