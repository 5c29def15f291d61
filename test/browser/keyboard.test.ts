import { describe, expect, it } from 'vitest';
import { browserPages } from './support/pages.js';

const pages = browserPages();

describe('by keyboard alone', () => {
  it('one finds, chooses and looks back at an actor', async () => {
    const world = pages.world();
    world.world.createTopic('orders', 4);
    const daemon = await world.startDaemon();
    const page = await pages.open(await world.inspect());
    await page.getByRole('status').getByText('Live').waitFor();
    daemon.keepAsking('orders', 'billing');
    const { keyboard } = page;
    const tab = (name: string) => page.getByRole('tab', { name, selected: true });
    for (const [key, name] of [
      ['2', 'Actors'],
      ['3', 'Sequence'],
      ['4', 'Topics'],
      ['1', 'Rebalance'],
    ] as const) {
      await keyboard.press(key);
      await tab(name).waitFor();
    }

    await page.getByRole('button', { name: 'Partition 2' }).waitFor();
    await page.getByRole('button', { name: 'Partition 0' }).focus();
    await keyboard.press('ArrowDown');
    await keyboard.press('j');
    await page.getByRole('button', { name: 'Partition 2', expanded: true }).waitFor();
    await keyboard.press('Enter');
    await tab('Actors').waitFor();
    await page.getByRole('region', { name: 'Actor d1:default/group/billing/topic/orders/partition/2' }).waitFor();

    await keyboard.press('/');
    await keyboard.type('group-member');
    const rows = page.getByRole('treeitem');
    await expect.poll(() => rows.filter({ hasText: 'partition-owner' }).count()).toBe(0);
    await keyboard.press('Enter');
    await keyboard.press('End');
    await keyboard.press('Enter');
    await page.getByRole('region', { name: 'Actor d1:default/group/billing', exact: true }).waitFor();
    expect(new URL(page.url()).hash).toBe('#actors?actor=d1%3Adefault%2Fgroup%2Fbilling');

    for (const key of ['/', 'Backspace', 'Enter', 'Home']) await keyboard.press(key);
    await page.getByRole('treeitem', { expanded: true }).first().waitFor();
    await keyboard.press('ArrowLeft');
    await expect.poll(() => rows.count()).toBe(1);
    await keyboard.press('ArrowRight');
    await expect.poll(() => rows.count()).toBeGreaterThan(1);

    await keyboard.press('Space');
    await page.getByRole('status').getByText('Paused').waitFor();
    const slider = page.getByRole('slider', { name: 'Moment' });
    const moment = async () => Number(await slider.inputValue());
    const before = await moment();
    await keyboard.press('[');
    await expect.poll(moment).toBeLessThan(before);
    await page.getByRole('button', { name: 'Back to live' }).focus();
    await keyboard.press('Enter');
    await page.getByRole('status').getByText('Live').waitFor();

    await keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys' });
    await help.waitFor();
    await keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
  });
});
