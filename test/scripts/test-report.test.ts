import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readChaosReport, readReport } from '../../scripts/test/report.js';
import { root, run } from '../../scripts/test/run.js';

describe('the runner of npm test', () => {
  it('counts what passed and failed, and names what did not run', () => {
    const folder = mkdtempSync(join(tmpdir(), 'report-'));
    try {
      const file = join(folder, 'unit.json');
      const assertionResults = ['passed', 'failed', 'skipped'].map((status) => ({
        status,
        fullName: `a ${status} test`,
      }));
      writeFileSync(
        file,
        JSON.stringify({ numPassedTests: 1, numFailedTests: 1, testResults: [{ assertionResults }] }),
      );
      expect(readReport(file)).toEqual({ passed: 1, failed: 1, skipped: ['a skipped test'] });
      expect(readReport(join(folder, 'never-written.json'))).toEqual({ passed: 0, failed: 0, skipped: [] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('counts checks of chaos runs that held and that were broken, and none that nothing could have broken', () => {
    const folder = mkdtempSync(join(tmpdir(), 'report-'));
    try {
      const file = join(folder, 'chaos.json');
      const checks = ['held', 'broken', 'held', 'not exercised', 'left out'].map((outcome) => ({ outcome }));
      writeFileSync(file, JSON.stringify({ runs: [{ checks }, { checks: [{ outcome: 'held' }] }] }));
      expect(readChaosReport(file)).toEqual({ passed: 3, failed: 1, skipped: [] });
      expect(readChaosReport(join(folder, 'never-written.json'))).toEqual({ passed: 0, failed: 0, skipped: [] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('ends its tool when it is told to end, and tidies up before it ends itself', async () => {
    const program = `
      import { interrupted, outliveSignals, run } from ${JSON.stringify(join(root, 'scripts/test/run.ts'))};
      outliveSignals();
      const ended = run(['sh', '-c', 'echo started; exec sleep 60'], { show: true });
      console.log('tidied up', (await ended).code, interrupted());
    `;
    const runner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
    let output = '';
    const exited = new Promise((resolve) => runner.once('exit', resolve));
    runner.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('started')) runner.kill('SIGTERM');
    });
    expect(await exited).toBe(0);
    expect(output).toContain('tidied up 1 true');
  });

  it('takes the exit code of a tool, and a signal as failure', async () => {
    const node = (code: string) => run(['node', '-e', code], { show: false, env: { GREETING: 'hello' } });
    expect(await node('console.log(process.env.GREETING)')).toEqual({ code: 0, output: 'hello\n' });
    expect(await node('console.error("why"); process.exit(3)')).toEqual({ code: 3, output: 'why\n' });
    expect((await node('process.kill(process.pid, "SIGKILL")')).code).toBe(1);
    await expect(run(['surely-no-such-tool'], { show: false })).rejects.toThrow('ENOENT');
  });
});
