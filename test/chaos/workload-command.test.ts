import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWorkloadCommand } from '../../src/chaos/workload-command.js';
import { realHost } from '../../src/host/real-host.js';
import { comesTrue } from './clients/comes-true.js';

const host = realHost();
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'pixy-workload-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const start = (...command: string[]) => {
  const addresses = ['127.0.0.1:1', '127.0.0.1:2'];
  return startWorkloadCommand({ workload: { type: 'command', command }, addresses, folder, host });
};
const written = () => readFileSync(join(folder, 'workload.log'), 'utf8');
const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // Where nobody reaps orphans it stays as a zombie.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe("the user's own program", () => {
  it('finds the daemons in its environment, and ends as it likes', async () => {
    const { whenEnded, stop } = start('sh', '-c', 'echo "to $PIXY_DAEMONS"; echo oh >&2; exit 3');
    const end = await whenEnded;
    expect(end).toMatchObject({
      exitCode: 3,
      signal: null,
      wasTold: false,
      lastLines: ['to 127.0.0.1:1,127.0.0.1:2', 'oh'],
    });
    expect(end.tookMs).toBeGreaterThan(0);
    expect(await stop()).toEqual(end);
  });

  it('has the end of what it wrote kept', async () => {
    const end = await start('sh', '-c', 'seq 1 30000').whenEnded;
    expect(end.lastLines).toEqual(Array.from({ length: 20 }, (_, index) => String(29_981 + index)));
    expect(written().length).toBeGreaterThan(100_000);
  });

  it('is told to stop', async () => {
    const command = start('sh', '-c', 'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.05; done');
    await comesTrue(host.clock, 'it is ready', () => written().includes('ready'));
    const end = await command.stop();
    expect(end).toMatchObject({ exitCode: 0, signal: null, wasTold: true });
    expect(end.lastLines).toContain('bye');
  });

  it('is killed when it does not, with all that it has started', async () => {
    const command = start(
      'sh',
      '-c',
      'trap "" TERM; sleep 1000 & echo $!; echo ready; wait; while :; do sleep 1000; done',
    );
    await comesTrue(host.clock, 'it is ready', () => written().includes('ready'));
    const inner = Number(written().split('\n')[0]);
    expect(lives(inner)).toBe(true);
    expect(await command.stop(50)).toMatchObject({ exitCode: null, signal: 'SIGKILL', wasTold: true });
    await comesTrue(host.clock, 'what it started is gone', () => !lives(inner));
  });

  it('leaves nothing at work behind when it ends', async () => {
    await start('sh', '-c', 'sleep 1000 & echo $!').whenEnded;
    const inner = Number(written());
    await comesTrue(host.clock, 'what it started is gone', () => !lives(inner));
  });

  it('is not there', () => {
    expect(() => start('no-such-program-anywhere', '--fast')).toThrow(
      'The command of the workload cannot be started: no-such-program-anywhere --fast. Nothing was done by it. Is no-such-program-anywhere there, and may it be run?',
    );
  });
});
