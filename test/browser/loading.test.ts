import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { commandRunner } from '../support/command.js';
import { eventually } from '../support/real-daemon.js';
import { browserPages, narrow, wide } from './support/pages.js';

const { run } = commandRunner();
const pages = browserPages();
const views = ['Rebalance', 'Actors', 'Sequence', 'Topics'];

/** How many pixels of the page lie beyond the right edge of the screen. */
const hiddenPx = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth') as Promise<number>;

describe('the page', () => {
  it('comes from the daemon alone, at the address that the command prints', async () => {
    const running = run('dev', '--tcpAddr', '127.0.0.1:0', '--inspect', '127.0.0.1:0');
    const url = await eventually(
      async () => /shows what happens inside on (http:\S+)/.exec(running.output())?.[1],
      'the address of the page is printed',
    );
    const page = await pages.open(`${url}/`, { expected: /WebSocket connection to .* failed/ });
    await page.getByRole('status').getByText('Live').waitFor();
    await page.getByText(/^kafka-pixy \d/).waitFor();
    await page.getByText('No consumer group yet').waitFor();
    // It says what to type, and that works.
    const command = await page.getByText(/^curl/).first().innerText();
    const response = await fetch(/'(\S+)'/.exec(command)![1]!.replace('my-topic', 'demo'));
    expect(response.status).toBe(408);
    await page.getByRole('button', { name: /^Partition 0/ }).waitFor();
  });

  it.each([
    ['on a wide screen', wide, 'light'],
    ['on a phone', narrow, 'dark'],
  ] as const)('fits %s, before and while somebody consumes', async (_, viewport, colorScheme) => {
    const world = pages.world();
    world.world.createTopic('orders', 8);
    const daemon = await world.startDaemon();
    const page = await pages.open(await world.inspect(), { viewport, colorScheme });
    const fits = async () => {
      for (const name of views) {
        await page.getByRole('tab', { name }).click();
        await page.getByRole('tab', { name, selected: true }).waitFor();
        expect([name, await hiddenPx(page)]).toEqual([name, 0]);
      }
    };
    await fits();
    daemon.keepAsking('orders', 'billing');
    const other = await world.startDaemon();
    other.keepAsking('orders', 'billing');
    for (let n = 0; n < 20; n++) await daemon.post('orders', `m${n}`, { key: `k${n}` });
    await page.getByRole('tab', { name: 'Rebalance' }).click();
    await page
      .getByRole('button', { name: new RegExp(` ${other.name} reads`) })
      .first()
      .waitFor();
    await fits();
    await page.getByRole('tab', { name: 'Actors' }).click();
    await page.locator('[data-address="d1:default/group/billing"]').click();
    await page.locator('.chart-paper svg').waitFor();
    expect(await hiddenPx(page)).toBe(0);
  });
});
