import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { htmlReport } from '../../src/chaos/report/html.js';
import { emptyResult, failedResult, simulatedResult, simulationMaxMs } from '../chaos/report/fixtures.js';
import { browserPages, narrow } from './support/pages.js';

const pages = browserPages();
let report: string;
let firstFault: string;
beforeAll(async () => {
  const well = await simulatedResult();
  firstFault = well.history.faults[0]!.text;
  report = htmlReport([well, failedResult(well), emptyResult(well)]);
}, simulationMaxMs);

/** The page is a file; it is served here so that requests to anybody else are seen. */
async function serve(): Promise<string> {
  const server: Server = createServer((request, response) => {
    const isIcon = request.url === '/favicon.ico';
    response.writeHead(isIcon ? 204 : 200, { 'Content-Type': 'text/html' }).end(isIcon ? undefined : report);
  });
  pages.ending.push(() => new Promise((resolve) => server.close(resolve)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const timelineOf = (page: Page, run: number) => page.locator(`#run-${run} .timeline`);

describe('the page of a chaos run', () => {
  it('shows what was done and what came of it on one axis', async () => {
    const page = await pages.open(await serve());
    const timeline = timelineOf(page, 2);
    for (const name of [
      /taken over in 8\.2 s after /,
      /^Posts a second, at most /,
      /^Lag of group auto: at most /,
      /^Owners of orders\/0 in group auto: d\d /,
      /^Latency of sync posts/,
      /^Latency of deliveries to later/,
    ])
      expect(await timeline.getByRole('img', { name }).count()).toBe(1);
    const faults = timeline.getByRole('img', { name: `${firstFault}: ` });
    expect(await faults.count()).toBe(1);
    expect(await timeline.getByRole('group', { name: '17 violations, from 9.0 s on' }).count()).toBe(1);
    const plots = await timeline.locator('.plot').all();
    const edges = await Promise.all(plots.map(async (plot) => plot.boundingBox()));
    expect(new Set(edges.map((box) => `${Math.round(box!.x)} ${Math.round(box!.width)}`)).size).toBe(1);
    expect(await page.locator('#run-2 tr[id^="run-2-violation-"]').count()).toBe(17);
    expect(await page.getByRole('navigation', { name: 'Runs' }).getByRole('link').allInnerTexts()).toEqual([
      'simulated',
      'failing',
      'own-program',
    ]);
  });

  it('says what was at the moment under the pointer', async () => {
    const page = await pages.open(await serve());
    const timeline = timelineOf(page, 1);
    const lag = timeline.getByRole('img', { name: /^Lag of group auto/ });
    await lag.scrollIntoViewIfNeeded();
    await lag.hover({ position: { x: 200, y: 20 } });
    const tip = timeline.locator('.tip');
    await tip.waitFor();
    expect(await tip.locator('dt').allInnerTexts()).toEqual(
      expect.arrayContaining(['Posts a second', 'Lag of auto', 'Sync posts', 'Deliveries to later']),
    );
    expect(await tip.innerText()).toMatch(/auto: d\d\s+orders\/\d/);
    expect(await tip.locator('dt.here').innerText()).toBe('Lag of auto');
    await page.mouse.move(2, 2);
    await tip.waitFor({ state: 'hidden' });
  });

  it('says the same by keyboard, and to those who do not see it', async () => {
    const page = await pages.open(await serve());
    const slider = timelineOf(page, 1).getByRole('slider', { name: 'Moment of the run' });
    await slider.focus();
    for (let times = 0; times < 5; times++) await page.keyboard.press('PageUp');
    const said = await slider.getAttribute('aria-valuetext');
    expect(said).toMatch(/^(?:\d+\.\d s|\d+:\d\d\.\d); .*Lag of auto \d+; .*Sync posts /);
    await timelineOf(page, 1).locator('.tip').waitFor();
  });

  it('leads from a mark to the violation that it stands for', async () => {
    const page = await pages.open(await serve());
    await page.getByRole('link', { name: 'Violation at 31.0 s' }).click();
    const id = new URL(page.url()).hash.slice(1);
    expect(await page.locator(`#${id}`).innerText()).toContain('duplicate');
  });

  it('has no sideways scroll on a phone, and every row of the timeline in it', async () => {
    const page = await pages.open(await serve(), { viewport: narrow });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(narrow.width);
    const plot = await timelineOf(page, 1).locator('.plot').first().boundingBox();
    expect(plot!.width).toBeGreaterThan(300);
  });

  it('is dark where everything is', async () => {
    const page = await pages.open(await serve(), { colorScheme: 'dark' });
    const lightness = await page.evaluate(
      'getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)',
    );
    expect(lightness).toBeLessThan(150);
  });

  it('shows a run of which nothing is known of messages', async () => {
    const page = await pages.open(await serve());
    expect(await timelineOf(page, 3).getByRole('img').count()).toBeGreaterThan(1);
    expect(await page.locator('#run-3').innerText()).toContain('It ended with exit code 0');
  });
});
