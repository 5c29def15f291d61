import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browserPages } from './support/pages.js';

const pages = browserPages();
const soon = { timeout: 30_000, interval: 50 };

/** From now on keeps, in the page, every set of states that was lit, in order. */
const keepLit = `(() => {
  const chart = document.querySelector('.chart-paper');
  const paths = () => [...chart.querySelectorAll('[data-state].active')].map((state) => state.dataset.state);
  const lit = () => paths().filter(Boolean).sort().join(' ');
  window.lit = [lit()];
  new MutationObserver(() => {
    const now = lit();
    if (now !== window.lit.at(-1)) window.lit.push(now);
  }).observe(chart, { subtree: true, attributeFilter: ['class'] });
})()`;

const litIn = (page: Page) => page.evaluate('window.lit') as Promise<string[]>;

async function actorPage(address: string) {
  const world = pages.world();
  world.world.createTopic('orders', 4);
  const daemon = await world.startDaemon();
  daemon.keepAsking('orders', 'billing');
  const page = await pages.open(await world.inspect(), { hash: `#actors?actor=${encodeURIComponent(address)}` });
  return { world, daemon, page };
}

describe('the statechart of the chosen actor', () => {
  it('walks with a group member whose session expires: away, and stable again', async () => {
    const { world, daemon, page } = await actorPage('d1:default/group/billing');
    await page.locator('.chart-paper [data-state="stable"].active').waitFor();
    await page.evaluate(keepLit);
    world.expireSession(daemon);
    await expect.poll(() => litIn(page), soon).toEqual(['stable', 'away', 'stable']);
    // What is over within a frame is in the list.
    const states = await page
      .getByRole('region', { name: 'Actor d1:default/group/billing' })
      .locator('.state')
      .allInnerTexts();
    const walk = states.toReversed().join(' ');
    expect(walk).toMatch(/away joining settling stable/);
  });

  it('walks with the session that ZooKeeper does not answer, until it ends and another is opened', async () => {
    const { world, daemon, page } = await actorPage('d1:default/zookeeper');
    await page.locator('.chart-paper [data-state="open.connected"].active').waitFor();
    await page.evaluate(keepLit);
    world.world.faults.zookeeper.clientCut(daemon.memberId);
    await expect.poll(() => litIn(page), soon).toContain('open open.overdue');
    world.world.faults.zookeeper.clientHealed(daemon.memberId);
    await page.locator('.chart-paper [data-state="open.connected"].active').waitFor();
    const lit = await litIn(page);
    expect(lit.slice(0, 4)).toEqual([
      'open open.connected',
      'open open.suspect',
      'open open.lapsed',
      'open open.overdue',
    ]);
  });
});
