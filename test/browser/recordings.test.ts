import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { protocolVersion } from '../../src/inspector/protocol.js';
import { recordedRebalance, rebalanceStory } from '../inspector/recorded-rebalance.js';
import { browserPages } from './support/pages.js';
import { shares } from './support/rebalance-page.js';

const pages = browserPages();
const soon = { timeout: 20_000, interval: 50 };
const openFile = (page: Page, text: string, name = 'recording.json') =>
  page.getByLabel('Recording to play').setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });

const moveTo = (page: Page, atMs: number) => page.getByRole('slider', { name: 'Moment' }).fill(String(atMs));

describe('a recording', () => {
  it('made in one run plays in the page of another', async () => {
    const recorded = pages.world();
    recorded.world.createTopic('orders', 4);
    const daemons = [await recorded.startDaemon(), await recorded.startDaemon()] as const;
    const members = daemons.map(({ name }) => name);
    const url = await recorded.inspect();
    const watching = await pages.open(url);
    daemons[0].keepAsking('orders', 'billing');
    await expect.poll(() => shares(watching, members), soon).toEqual([4, 0]);
    daemons[1].keepAsking('orders', 'billing');
    await expect.poll(() => shares(watching, members), soon).toEqual([2, 2]);
    const recording = await (await fetch(`${url}inspect/recording`)).text();
    await recorded.end();
    await watching.close();

    const other = pages.world();
    const { addresses } = await other.startDaemon();
    const page = await pages.open(await other.inspect());
    const ownAddress = page.getByText(addresses[0]!, { exact: true });
    await ownAddress.waitFor();
    await openFile(page, recording);
    await page.getByRole('status').getByText('Paused').waitFor();
    await page.getByText(daemons[1].addresses[0]!, { exact: true }).waitFor();
    expect(await ownAddress.count()).toBe(0);
    const slider = page.getByRole('slider', { name: 'Moment' });
    await slider.press('End');
    await expect.poll(() => shares(page, members), soon).toEqual([2, 2]);
    await page.getByRole('button', { name: 'Back to live' }).click();
    await ownAddress.waitFor();
  });

  it('shows at each moment how it was, and runs on by itself', async () => {
    const recording = await recordedRebalance();
    const world = pages.world();
    await world.startDaemon();
    const page = await pages.open(await world.inspect());
    await openFile(page, JSON.stringify(recording));
    const members = ['d1', 'd2', 'd3'];
    await moveTo(page, rebalanceStory.d2JoinsAtMs - 500);
    await expect.poll(() => shares(page, members), soon).toEqual([8, 0, 0]);
    await moveTo(page, rebalanceStory.d3JoinsAtMs - 500);
    await expect.poll(() => shares(page, members), soon).toEqual([4, 4, 0]);
    await moveTo(page, rebalanceStory.d2JoinsAtMs - 500);
    await expect.poll(() => shares(page, members), soon).toEqual([8, 0, 0]);
    await page.getByRole('button', { name: '×16' }).click();
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await expect.poll(() => shares(page, members), soon).toEqual([4, 4, 0]);
    await page.getByRole('button', { name: 'Pause', exact: true }).first().click();
  });

  it.each([
    ['is cut off', '{"format": "kafka-pixy-recording", "he', /not JSON, or only the beginning/],
    ['is something else', '{"name": "kafka-pixy"}', /no recording of kafka-pixy/],
    [
      'is of another protocol',
      JSON.stringify({
        format: 'kafka-pixy-recording',
        head: { protocol: protocolVersion + 1, product: 'kafka-pixy 9', daemons: [], wallAtZeroMs: 0 },
        source: 'page',
        records: [],
      }),
      new RegExp(`version ${protocolVersion + 1} and this page reads version ${protocolVersion}`),
    ],
    [
      'is damaged',
      JSON.stringify({
        format: 'kafka-pixy-recording',
        head: { protocol: protocolVersion, product: 'kafka-pixy', daemons: [], wallAtZeroMs: 0 },
        source: 'page',
        records: [{ atMs: 1, address: '', type: 'remark', text: 'fine' }, { atMs: 'later' }],
      }),
      /record 2 of 2 cannot be read/,
    ],
  ])('that %s is refused in words, and the picture stays live', async (_, text, words) => {
    const world = pages.world();
    await world.startDaemon();
    const page = await pages.open(await world.inspect());
    await page.getByRole('status').getByText('Live').waitFor();
    await openFile(page, text, 'broken.json');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(words);
    expect(await alert.innerText()).toContain('broken.json');
    expect(await page.getByRole('status').getByText('Live').count()).toBe(1);
    await alert.getByRole('button', { name: 'Close' }).click();
    await alert.waitFor({ state: 'detached' });
  });
});
