import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePorts, isFree } from '../../scripts/cluster/ports.js';
import { isAlive, killMarked, type ProcessMark, processMark, until } from '../../scripts/cluster/processes.js';
import { createServer } from 'node:net';

const DEADLINE_MS = 20_000;
const TEST_MAX_MS = 3 * DEADLINE_MS;

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

describe('the watchdog', { timeout: TEST_MAX_MS }, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'watchdog-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A process that starts a `sleep` under a watchdog, writes its pid, and is then killed like a test run that crashed. */
  async function orphan(lastWords: string): Promise<ProcessMark> {
    const program = `
      import { spawn } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      import { Watchdog } from ${JSON.stringify(join(process.cwd(), 'scripts/cluster/watchdog.ts'))};
      const data = ${JSON.stringify(join(folder, 'data'))};
      (await import('node:fs')).mkdirSync(data);
      const watchdog = new Watchdog(data);
      const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
      watchdog.watch([child.pid]);
      ${lastWords}
      writeFileSync(${JSON.stringify(join(folder, 'pid'))}, child.pid + '\\n');
      setInterval(() => {}, 1000);
    `;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
    const exited = once(parent, 'exit');
    const pid = async () => (await readFile(join(folder, 'pid'), 'utf8').catch(() => '')).trim();
    await until('the child was started', DEADLINE_MS, async () => (await pid()) !== '');
    const mark = await processMark(Number(await pid()));
    parent.kill('SIGKILL');
    await exited;
    if (mark === null) throw new Error('the child ended before its parent');
    return mark;
  }

  it('ends the processes and removes the data of a parent that was killed', async () => {
    const mark = await orphan('');
    await until('the orphan is gone', DEADLINE_MS, async () => !(await isAlive(mark)));
    await until('its data is gone', DEADLINE_MS, () =>
      stat(join(folder, 'data')).then(
        () => false,
        () => true,
      ),
    );
    expect(await isAlive(mark)).toBe(false);
  });

  it('lets released processes live on', async () => {
    const mark = await orphan('await watchdog.release();');
    expect(await killMarked(mark)).toBe(true);
    expect((await stat(join(folder, 'data'))).isDirectory()).toBe(true);
  });
});

describe('free ports', () => {
  it('are distinct, free, and not of the range for outgoing connections', async () => {
    const ports = await freePorts('127.0.0.1', 4);
    expect(new Set(ports).size).toBe(4);
    for (const port of ports) {
      expect(port).toBeLessThan(32_768);
      expect(await isFree('127.0.0.1', port)).toBe(true);
    }
  });

  it('are not those on which somebody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect(await isFree('127.0.0.1', port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isFree('127.0.0.1', port)).toBe(true);
  });
});
