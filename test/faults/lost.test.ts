import { describe, expect, it } from 'vitest';
import { checkAccepted, checkLost, countLostWithKilled } from '../../scripts/faults/checkers/lost.js';
import type { History } from '../../scripts/faults/history.js';
import { attempt, calmHistory, delivery, entry, later } from './made-up.js';

/** Delivered to both groups. */
const toBoth = (...offsets: readonly number[]) => offsets.flatMap((offset) => [delivery(offset), later(offset)]);

const checks = (changes: Partial<History>): string[] => checkLost(calmHistory(changes)).map(({ check }) => check);

describe('what was lost', () => {
  it('is nothing in a calm history', () => {
    expect(checkLost(calmHistory())).toEqual([]);
    expect(checkAccepted(calmHistory())).toEqual([]);
  });

  it('finds an acknowledged message that the log lacks', () => {
    const changes = { log: [0, 1, 2].map((n) => entry(n)), deliveries: toBoth(0, 1, 2) };
    expect(checkLost(calmHistory(changes))).toEqual([
      { check: 'lost write', text: 'k#3 (try 3) was acknowledged at 0/3, where the log has nothing' },
    ]);
  });

  it('finds an acknowledgement that names the place of another message', () => {
    const attempts = [attempt(0, { offset: 1 }), attempt(1, { offset: 0 })];
    const log = [entry(0), entry(1)];
    expect(checks({ attempts, log, deliveries: toBoth(0, 1) })).toEqual(['lost write', 'lost write']);
  });

  it('finds a refused message that was written', () => {
    const attempts = [attempt(0, { outcome: 'refused', detail: '503 shutting-down' })];
    const found = checkLost(calmHistory({ attempts, log: [entry(0)], deliveries: toBoth(0) }));
    expect(found).toEqual([
      { check: 'refused but written', text: 'k#0 (try 0) was refused by d1 (503 shutting-down), yet lies at 0/0' },
    ]);
  });

  it('lets a message of unknown outcome be written or not', () => {
    const attempts = [attempt(0, { outcome: 'unknown' }), attempt(1, { outcome: 'unknown' })];
    expect(checks({ attempts, log: [entry(0)], deliveries: toBoth(0) })).toEqual([]);
  });

  it('tells what consumption has passed from what it has not come to', () => {
    const deliveries = [delivery(0), delivery(2), ...[0, 1, 2, 3].map((n) => later(n))];
    const [lost, unseen, ...more] = checkLost(calmHistory({ deliveries }));
    expect(more).toEqual([]);
    expect(lost).toMatchObject({ check: 'lost' });
    expect(lost!.text).toContain('k#1 at 0/1, acknowledged, was never delivered to group auto');
    expect(unseen).toMatchObject({ check: 'unseen' });
    expect(unseen!.text).toContain('k#3 at 0/3');
  });

  it('is asked of each group for itself', () => {
    const found = checkLost(calmHistory({ deliveries: [...[0, 1, 2, 3].map((n) => delivery(n)), later(1)] }));
    expect(found.map(({ check }) => check)).toEqual(['lost', 'unseen', 'unseen']);
    expect(found[0]!.text).toContain('k#0 at 0/0, acknowledged, was never delivered to group later');
  });

  it('lets an acknowledgement say nothing of where a repetition lies, as long as it lies in that partition', () => {
    const attempts = [0, 1, 2, 3].map((n) => attempt(n, n === 1 ? { offset: -1 } : {}));
    expect(checks({ attempts })).toEqual([]);
    const elsewhere = [0, 1, 2, 3].map((n) => attempt(n, n === 1 ? { partition: 1, offset: -1 } : {}));
    expect(checks({ attempts: elsewhere })).toEqual(['lost write']);
  });

  it('asks of a daemon that was told to stop all that it accepted, of one that was killed nothing', () => {
    const accepted = [
      { daemon: 'd1', id: 100 },
      { daemon: 'd1', id: 101 },
      { daemon: 'd2', id: 102 },
    ];
    const killed = {
      daemon: 'd2',
      how: 'killed',
      exitCode: null,
      signal: 'SIGKILL',
      tookMs: 1,
      overdue: false,
    } as const;
    const history = calmHistory({ accepted, ends: [...calmHistory().ends, killed] });
    const found = checkAccepted(history);
    expect(found).toHaveLength(1);
    expect(found[0]!.text).toContain('async post 101 was accepted by d1');
    expect(countLostWithKilled(history)).toBe(1);
  });
});
