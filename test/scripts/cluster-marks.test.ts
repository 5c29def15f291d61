import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isAlive, killMarked, type ProcessMark, processMark } from '../../scripts/cluster/marks.js';

async function markOf(child: ChildProcess): Promise<ProcessMark> {
  await once(child, 'spawn');
  const mark = await processMark(child.pid as number);
  if (mark === null) throw new Error('the child ended at once');
  return mark;
}

describe('the mark of a process', () => {
  it('tells a process from a later one with the same id', async () => {
    const child = spawn('sleep', ['60']);
    const exited = once(child, 'exit');
    const mark = await markOf(child);
    expect(await isAlive(mark)).toBe(true);

    const earlier = { ...mark, started: `not ${mark.started}` };
    expect(await isAlive(earlier)).toBe(false);
    expect(await killMarked(earlier)).toBe(false);
    expect(await isAlive(mark)).toBe(true);

    expect(await killMarked(mark)).toBe(true);
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(await killMarked(mark)).toBe(false);
  });
});
