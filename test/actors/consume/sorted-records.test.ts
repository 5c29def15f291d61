import { describe, expect, it } from 'vitest';
import { SortedRecords } from '../../../src/actors/consume/sorted-records.js';
import { seededRandom } from '../../../src/host/virtual-host.js';

const record = (offset: number) => ({ offset, timestampMs: 0, key: null, value: null, headers: [] });

describe('records sorted by offset', () => {
  it('agree with a sorted list under random work', () => {
    const random = seededRandom(3);
    const records = new SortedRecords();
    const model: number[] = [];
    for (let step = 0; step < 3000; step++) {
      const offset = Math.floor(random.next() * 200);
      const what = random.next();
      if (what < 0.5) {
        if (!model.includes(offset)) {
          records.add(record(offset));
          model.push(offset);
          model.sort((a, b) => a - b);
        }
      } else if (what < 0.8) {
        records.shift();
        model.shift();
      } else if (what < 0.99) {
        expect(records.delete(offset)).toBe(model.includes(offset));
        if (model.includes(offset)) model.splice(model.indexOf(offset), 1);
      } else {
        records.keep((kept) => kept.offset % 2 === 0);
        model.splice(0, model.length, ...model.filter((kept) => kept % 2 === 0));
      }
      expect([records.size, records.first?.offset, records.has(offset)]).toEqual([
        model.length,
        model[0],
        model.includes(offset),
      ]);
    }
  });
});
