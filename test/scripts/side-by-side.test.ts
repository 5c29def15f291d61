import { describe, expect, it } from 'vitest';
import { sideBySide } from '../../scripts/test/side-by-side.js';

/** Items that end when the test says so, and how. */
function controlled(names: readonly string[]) {
  const started: string[] = [];
  const ends = new Map<string, (passed: boolean) => void>();
  const whole = sideBySide(names, (name) => {
    started.push(name);
    return new Promise<boolean>((resolve) => ends.set(name, resolve));
  });
  const end = async (name: string, passed: boolean): Promise<void> => {
    ends.get(name)?.(passed);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { started, whole, end };
}

describe('parts of a test run side by side', () => {
  it('start in their order, two at a time', async () => {
    const { started, whole, end } = controlled(['a', 'b', 'c', 'd']);
    expect(started).toEqual(['a', 'b']);
    await end('b', true);
    expect(started).toEqual(['a', 'b', 'c']);
    await end('c', true);
    await end('d', true);
    await end('a', true);
    expect(await whole).toBe(true);
  });

  it('are not started after one that failed, and those that run are waited for', async () => {
    const { started, whole, end } = controlled(['a', 'b', 'c']);
    let over = false;
    void whole.then(() => (over = true));
    await end('a', false);
    expect(started).toEqual(['a', 'b']);
    expect(over).toBe(false);
    await end('b', true);
    expect(await whole).toBe(false);
  });

  it('may be one, or none', async () => {
    const { whole, end } = controlled(['a']);
    await end('a', true);
    expect(await whole).toBe(true);
    expect(await sideBySide([], () => Promise.resolve(false))).toBe(true);
  });
});
