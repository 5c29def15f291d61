import { describe, expect, it } from 'vitest';
import { browserPages } from './support/pages.js';
import { shares } from './support/rebalance-page.js';

const pages = browserPages();
const soon = { timeout: 20_000, interval: 50 };

describe('a daemon that goes away', () => {
  it('is said to be gone while its last picture stays, and is shown again when it is back', async () => {
    const world = pages.world();
    world.world.createTopic('orders', 2);
    const daemon = await world.startDaemon();
    daemon.keepAsking('orders', 'billing');
    const page = await pages.open(await world.inspect(), { expected: /WebSocket connection to .* failed/ });
    await expect.poll(() => shares(page, [daemon.name]), soon).toEqual([2]);

    await world.stopInspecting();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/Trying again in \d/);
    expect(await alert.innerText()).toMatch(/What you see is from \d\d:\d\d:\d\d/);
    expect(await page.getByRole('status').getByText('No answer').count()).toBe(1);
    expect(await shares(page, [daemon.name])).toEqual([2]);

    await world.inspect();
    await alert.waitFor({ state: 'detached' });
    await page.getByRole('status').getByText('Live').waitFor();
    const second = await world.startDaemon();
    second.keepAsking('orders', 'billing');
    await expect.poll(() => shares(page, [daemon.name, second.name]), soon).toEqual([1, 1]);
  });
});
