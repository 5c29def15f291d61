import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, killMarked, type ProcessMark, processMark } from '../../scripts/cluster/marks.js';
import { until } from '../../src/cluster/until.js';
import { realHost } from '../../src/host/real-host.js';

const DEADLINE_MS = 20_000;
const TEST_MAX_MS = 3 * DEADLINE_MS;
const { clock } = realHost();

describe('the watchdog', { timeout: TEST_MAX_MS }, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'watchdog-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A process that starts a `sleep` under a watchdog, writes its pid, and is then killed like a test run that crashed. */
  async function orphan(lastWords: string, ofData = 'data'): Promise<ProcessMark> {
    const program = `
      import { spawn } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      import { Watchdog } from ${JSON.stringify(join(process.cwd(), 'src/cluster/watchdog.ts'))};
      const data = ${JSON.stringify(join(folder, 'data'))};
      (await import('node:fs')).mkdirSync(data);
      const watchdog = new Watchdog(${ofData});
      const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
      watchdog.watch([child.pid]);
      ${lastWords}
      writeFileSync(${JSON.stringify(join(folder, 'pid'))}, child.pid + '\\n');
      setInterval(() => {}, 1000);
    `;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
    const exited = once(parent, 'exit');
    const pid = async () => (await readFile(join(folder, 'pid'), 'utf8').catch(() => '')).trim();
    await until(clock, 'the child was started', DEADLINE_MS, async () => (await pid()) !== '');
    const mark = await processMark(Number(await pid()));
    parent.kill('SIGKILL');
    await exited;
    if (mark === null) throw new Error('the child ended before its parent');
    return mark;
  }

  it('ends the processes and removes the data of a parent that was killed', async () => {
    const mark = await orphan('');
    await until(clock, 'the orphan is gone', DEADLINE_MS, async () => !(await isAlive(mark)));
    await until(clock, 'its data is gone', DEADLINE_MS, () =>
      stat(join(folder, 'data')).then(
        () => false,
        () => true,
      ),
    );
    expect(await isAlive(mark)).toBe(false);
  });

  it('ends processes that have no data of their own', async () => {
    const mark = await orphan('', '');
    await until(clock, 'the orphan is gone', DEADLINE_MS, async () => !(await isAlive(mark)));
    expect((await stat(join(folder, 'data'))).isDirectory()).toBe(true);
  });

  it('lets released processes live on', async () => {
    const mark = await orphan('await watchdog.release();');
    expect(await killMarked(mark)).toBe(true);
    expect((await stat(join(folder, 'data'))).isDirectory()).toBe(true);
  });
});
