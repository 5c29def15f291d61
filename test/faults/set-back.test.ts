import { describe, expect, it } from 'vitest';
import { checkSetBack } from '../../scripts/faults/checkers/set-back.js';
import { calmHistory, delivery, entry, fault } from './made-up.js';

describe('a group that is set back', () => {
  const log = [0, 1, 2].map((offset) => entry(offset));
  const before = log.map(({ offset }) => delivery(offset));
  const faults = [fault('offsets-set', { daemon: 'd1', positions: [{ group: 'auto', partition: 0, offset: 1 }] })];
  const again = (offset: number) => delivery(offset, { receivedMs: 12_100 + offset });

  it('is given everything from there on again', () => {
    const deliveries = [...before, again(1), again(2)];
    expect(checkSetBack(calmHistory({ log, faults, deliveries }))).toEqual([]);
  });

  it('is not served by what it was given before, nor by what another group was given', () => {
    const deliveries = [...before, again(1), { ...again(2), group: 'later' as const }];
    expect(checkSetBack(calmHistory({ log, faults, deliveries }))).toEqual([
      {
        check: 'not from where it was set',
        text: '0/2 did not come again, though group auto was set back to 1 at 10000 ms',
      },
    ]);
  });
});
