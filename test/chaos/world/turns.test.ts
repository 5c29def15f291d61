import { describe, expect, it } from 'vitest';
import { Turns } from '../../../src/chaos/world/turns.js';

function until(): { readonly over: Promise<void>; readonly end: () => void; readonly fail: () => void } {
  let end!: () => void;
  let fail!: () => void;
  const over = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = () => reject(new Error('failed'));
  });
  return { over, end, fail };
}

describe('what is done to processes', () => {
  it('waits for what was begun with the same one, however that ends, and for nothing else', async () => {
    const turns = new Turns();
    const done: string[] = [];
    const [first, second] = [until(), until()];
    const back = turns.atOnce('daemon 1', () => first.over);
    const same = turns.after('daemon 1', async () => void done.push('same'));
    const backToo = turns.atOnce('daemon 1', () => second.over);
    const last = turns.after('daemon 1', async () => void done.push('last'));
    await turns.after('daemon 2', async () => void done.push('other'));
    expect(done).toEqual(['other']);
    first.fail();
    await expect(back).rejects.toThrow('failed');
    await same;
    expect(done).toEqual(['other', 'same']);
    second.end();
    await Promise.all([backToo, last]);
    expect(done).toEqual(['other', 'same', 'last']);
  });
});
