import { describe, expect, it } from 'vitest';
import { browserPages } from './support/pages.js';
import { shares } from './support/rebalance-page.js';

const pages = browserPages();
const soon = { timeout: 30_000, interval: 50 };
const topic = 'orders';
const group = 'billing';

describe('the rebalance view', () => {
  it('shows how partitions go to a second daemon, and back when it leaves', async () => {
    const world = pages.world();
    world.world.createTopic(topic, 8);
    const first = await world.startDaemon();
    const page = await pages.open(await world.inspect());
    await page.getByText('No consumer group yet').waitFor();

    first.keepAsking(topic, group);
    await expect.poll(() => shares(page, ['d1']), soon).toEqual([8]);

    const second = await world.startDaemon();
    await page.getByText(second.addresses[0]!, { exact: true }).waitFor();
    const poller = second.keepAsking(topic, group);
    await expect.poll(() => shares(page, ['d1', 'd2']), soon).toEqual([4, 4]);
    const members = page.getByRole('region', { name: 'Members of the group' }).getByRole('article');
    expect(await members.count()).toBe(2);
    const handOvers = page.getByRole('region', { name: 'Hand-overs' });
    await expect.poll(() => handOvers.innerText(), soon).toMatch(/4–7[^]*d1[^]*d2[^]*release \d[^]*d2 joined/);

    await poller.stop();
    await second.drain();
    await expect.poll(() => shares(page, ['d1', 'd2']), soon).toEqual([8, 0]);
    await expect.poll(() => handOvers.innerText(), soon).toMatch(/4–7[^]*d2[^]*d1[^]*d2 (left|is being stopped)/);
  });
});
