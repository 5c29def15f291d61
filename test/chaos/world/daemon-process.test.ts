import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { DaemonLife } from '../../../src/chaos/result.js';
import { DaemonProcess } from '../../../src/chaos/world/daemon-process.js';
import { realHost } from '../../../src/host/real-host.js';

const folder = mkdtempSync(join(tmpdir(), 'daemon-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a process of a daemon that was started before the load lived from below zero, whenever the clock of the run began anew', async () => {
  const { clock } = realHost();
  let startMs = clock.nowMs() - 60_000;
  const lives: DaemonLife[] = [];
  const daemon = new DaemonProcess({
    daemon: 'daemon 1',
    memberId: 'pixy-1.1',
    command: [process.execPath, '-e', ''],
    logPath: join(folder, 'daemon.log'),
    clock,
    nowMs: () => clock.nowMs() - startMs,
    onEnd: (life) => lives.push(life),
  });
  startMs = clock.nowMs();
  await daemon.ended;
  expect(lives).toHaveLength(1);
  expect(lives[0]!.fromMs).toBeLessThanOrEqual(0);
  expect(lives[0]!.toMs).toBeGreaterThan(0);
});
