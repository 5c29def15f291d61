import { expect, it } from 'vitest';
import { faultTitles, type FaultName } from '../../scripts/faults/history.js';
import { report } from '../../scripts/faults/report.js';
import { runFaults } from '../../scripts/faults/run.js';

/** One round on one broker; `npm run faults` is the long form, on three. It runs what `npm run build` has made. */
it('keeps every guarantee while a broker, ZooKeeper and daemons fail under load', { timeout: 420_000 }, async () => {
  const lines: string[] = [];
  const { history, verdict } = await runFaults({
    brokers: 1,
    durationMs: 0,
    quietMs: 1000,
    keep: false,
    signal: new AbortController().signal,
    tell: (line) => lines.push(line),
  });
  const shown = [...lines, ...report(history, verdict)].join('\n');
  console.log(shown);

  expect(verdict.violations, shown).toEqual([]);
  // What the verdict rests on: each fault was there, and so was the load.
  const names = new Set(history.faults.map(({ name }) => name));
  const planned = (Object.keys(faultTitles) as FaultName[]).filter((name) => name !== 'session-lost');
  expect(planned.filter((name) => !names.has(name))).toEqual([]);
  expect(history.attempts.some(({ outcome }) => outcome !== 'acknowledged')).toBe(true);
  expect(history.log.length).toBeGreaterThanOrEqual(history.attempts.filter(isAcknowledged).length);
  for (const outcome of ['noted', 'refused']) expect(history.acks.some((ack) => ack.outcome === outcome)).toBe(true);
  expect(verdict.acknowledged.expired).toBeGreaterThan(0);
  const setBack = history.faults.flatMap(({ positions = [] }) => positions.map(({ group }) => group));
  expect(new Set(setBack)).toEqual(new Set(['auto', 'later']));
  expect(new Set(history.deliveries.map(({ daemon }) => daemon))).toEqual(new Set(['d1', 'd2', 'd3', 'd4', 'd5']));
  expect(history.ends.map(({ daemon, how }) => `${daemon} ${how}`).sort()).toEqual([
    'd1 killed',
    'd2 told',
    'd3 told',
    'd4 told',
    'd5 told',
  ]);
});

const isAcknowledged = ({ outcome }: { outcome: string }): boolean => outcome === 'acknowledged';
