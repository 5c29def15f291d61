import { describe, expect, it } from 'vitest';
import { drained, drainMaxMs } from '../../src/chaos/drain.js';
import type { Position } from '../../src/chaos/kafka-view.js';
import { virtualHost } from '../../src/host/virtual-host.js';
import type { LogEntry } from '../../src/verdict/history.js';

const start = [{ topic: 'orders', partition: 0, offset: 100 }];

/** A log of one partition, of which a group was given some; `read` are the offsets from which it was read. */
function begin() {
  const { clock } = virtualHost();
  const end = new AbortController();
  const log: LogEntry[] = [];
  const given = new Set<number>();
  const read: number[] = [];
  const write = (...posts: number[]): void => {
    for (const post of posts) log.push({ topic: 'orders', partition: 0, offset: 100 + log.length, post });
  };
  const options = {
    kafka: {
      read: async ([from]: readonly Position[]) => {
        read.push(from!.offset);
        const entries = log.filter(({ offset }) => offset >= from!.offset);
        return { entries, ends: [{ ...from!, offset: 100 + log.length }] };
      },
    },
    // The places are those of `log`, which may come to be those of other messages.
    workload: {
      hasSeen: (entries: readonly { readonly offset: number }[]) =>
        (entries as readonly LogEntry[]).every(({ post }) => given.has(post)),
    },
    positions: start,
    runId: 'run',
    clock,
    ended: end.signal,
  };
  const at = (ms: number, act: () => void): void => void clock.setTimeout(act, ms);
  const outcomeOf = async () => {
    let outcome: string | undefined;
    void drained(options).then(
      () => (outcome = 'over'),
      (error: unknown) => (outcome = String(error)),
    );
    await clock.runUntil(() => outcome !== undefined, 200_000);
    return outcome;
  };
  return { clock, end, log, given, read, write, at, outcomeOf };
}

describe('the drain', () => {
  it('is over when nothing was written', async () => {
    const { read, outcomeOf } = begin();
    expect(await outcomeOf()).toBe('over');
    expect(read).toEqual([100, 100]);
  });

  it('waits until everything is given, and reads on from where it has read to', async () => {
    const { write, given, read, at, outcomeOf } = begin();
    write(1, 2, 3);
    at(700, () => write(4));
    at(1200, () => [1, 2, 3].forEach((post) => given.add(post)));
    at(4000, () => given.add(4));
    expect(await outcomeOf()).toBe('over');
    expect(read).toEqual([100, 103, 104]);
  });

  it('does not wait for ever for what was cut off after it was read', async () => {
    const { clock, log, write, given, read, at, outcomeOf } = begin();
    write(1, 2, 3);
    given.add(1).add(4);
    at(800, () => {
      log.splice(1);
      write(4);
    });
    expect(await outcomeOf()).toBe('over');
    expect(read).toEqual([100, 100, 102]);
    expect(clock.nowMs()).toBeLessThan(drainMaxMs);
  });

  it('is over in the end when something is never given', async () => {
    const { clock, write, outcomeOf } = begin();
    write(1);
    expect(await outcomeOf()).toBe('over');
    expect(clock.nowMs()).toBeGreaterThan(drainMaxMs);
  });

  it('ends with the run', async () => {
    const { end, write, at, outcomeOf } = begin();
    write(1);
    at(3000, () => end.abort());
    expect(await outcomeOf()).toContain('AbortError');
  });
});
