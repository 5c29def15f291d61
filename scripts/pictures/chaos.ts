import type { Browser } from 'playwright-core';
import { htmlReport } from '../../src/chaos/report/html.js';
import { simulatedResult } from '../../test/chaos/report/fixtures.js';

const size = { width: 1240, height: 1160 };

/** The page of a chaos run, of a simulated world, so that it needs no servers and is the same each time. */
export async function takeChaosReport(
  browser: Browser,
  keep: (name: string, png: Buffer) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport: size, colorScheme: 'light', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.setContent(htmlReport([await simulatedResult()]));
  await page.locator('.timeline input').waitFor();
  await keep('chaos-report', await page.screenshot());
  await context.close();
}
