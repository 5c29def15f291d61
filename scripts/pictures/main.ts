/**
 * `npm run pictures`: takes the picture of the inspector's page that the README begins with, from the demo as it runs, and one
 * of the page of a chaos script that is run for it; with `--all FOLDER` puts every view, wide and narrow, light and dark, into that folder as well, to be looked at.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { startChromium } from '../browser/chromium.js';
import { root, run } from '../test/run.js';
import { takeChaosReport } from './chaos.js';
import { startDemo } from './demo.js';
import { takeAll, takeForReadme } from './pictures.js';

const bytesMax = 250 * 1024;

async function main(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...argv], options: { all: { type: 'string' } } });
  const built = await run(['npm', 'run', '--silent', 'build'], { show: false });
  if (built.code !== 0) throw new Error(`the page cannot be built:\n${built.output}`);
  const running = await startChromium();
  try {
    const demo = await startDemo();
    try {
      const browser = await chromium.connect(running.endpoint);
      const into = (folder: string) => ({ browser, url: demo.url, keep: keeper(folder) });
      await takeForReadme(into(join(root, 'docs/pictures')));
      await takeChaosReport(browser, keeper(join(root, 'docs/pictures')));
      if (values.all !== undefined) await takeAll(into(resolve(values.all)));
      await browser.close();
    } finally {
      await demo.stop();
    }
  } finally {
    await running.close();
  }
}

const keeper = (folder: string) => async (name: string, png: Buffer) => {
  const path = join(folder, `${name}.png`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, png);
  console.log(
    `${path}: ${Math.ceil(png.length / 1024)} KiB${png.length > bytesMax ? ', more than a README should load' : ''}`,
  );
};

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
