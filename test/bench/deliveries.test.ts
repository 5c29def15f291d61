import { describe, expect, it } from 'vitest';
import { Deliveries } from '../../bench/load/deliveries.js';
import { renderDelivery } from '../../src/http/json.js';
import { delivery } from '../http/support.js';

describe('what was delivered', () => {
  it('is whole when every offset below the highest was seen, in whatever order', () => {
    const deliveries = new Deliveries();
    for (const offset of [2, 0, 1]) deliveries.add(0, offset);
    deliveries.add(5, 0);
    expect(deliveries.summary()).toEqual({ delivered: 4, duplicates: 0, missing: 0 });
  });

  it('names holes and repetitions', () => {
    const deliveries = new Deliveries();
    for (const offset of [0, 3, 3]) deliveries.add(0, offset);
    expect(deliveries.summary()).toEqual({ delivered: 2, duplicates: 1, missing: 2 });
  });

  it('is read from the answers of the daemon', () => {
    const deliveries = new Deliveries();
    for (const offset of [0, 1]) {
      deliveries.addAnswer(Buffer.from(renderDelivery(delivery({ partition: 7, offset, value: Buffer.alloc(1024) }))));
    }
    expect(deliveries.summary()).toEqual({ delivered: 2, duplicates: 0, missing: 0 });
    expect(() => deliveries.addAnswer(Buffer.from('{}'))).toThrow(/names no message/);
  });
});
