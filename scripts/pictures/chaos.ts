import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { run } from '../test/run.js';

const size = { width: 1240, height: 1020 };
const script = 'chaos/daemon-killed.yaml';

/** The page of a chaos script, as it is run here, by what was built. */
export async function takeChaosReport(
  browser: Browser,
  keep: (name: string, png: Buffer) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-picture-'));
  try {
    const report = join(folder, 'report.html');
    const ran = await run(['node', 'dist/cli.js', 'chaos', 'run', script, '--html', report], { show: false });
    if (ran.code !== 0) throw new Error(`${script} did not pass:\n${ran.output}`);
    const context = await browser.newContext({ viewport: size, colorScheme: 'light', reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.setContent(await readFile(report, 'utf8'));
    await page.locator('.timeline input').waitFor();
    await keep('chaos-report', await page.screenshot());
    await context.close();
  } finally {
    await rm(folder, { recursive: true });
  }
}
