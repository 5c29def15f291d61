import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { InspectedWorld, WorldDaemon } from './support/inspected-world.js';
import { browserPages } from './support/pages.js';
import { partitionLines, shares } from './support/rebalance-page.js';

const pages = browserPages();
const soon = { timeout: 30_000, interval: 50 };
const topic = 'orders';
const group = 'billing';

interface Scene {
  readonly world: InspectedWorld;
  readonly daemon: WorldDaemon;
  readonly page: Page;
}

/** One daemon, and the page on its two partitions. */
async function scene(consumer: Parameters<InspectedWorld['startDaemon']>[0] = {}): Promise<Scene> {
  const world = pages.world();
  world.world.createTopic(topic, 2);
  const daemon = await world.startDaemon(consumer);
  const page = await pages.open(await world.inspect(), { hash: `#rebalance?group=default/${group}` });
  return { world, daemon, page };
}

const says = (page: Page, partition: number, words: RegExp) =>
  expect.poll(async () => (await partitionLines(page))[partition], soon).toMatch(words);

async function consuming(consumer?: Parameters<typeof scene>[0]) {
  const made = await scene(consumer);
  const poller = made.daemon.keepAsking(topic, group);
  await expect.poll(() => shares(made.page, [made.daemon.name]), soon).toEqual([2]);
  return { ...made, poller };
}

describe('why a partition is not consumed, on the page', () => {
  it('its claim is held by another: whose, since when, and what frees it', async () => {
    const { world, daemon, page } = await scene();
    await world.claimAsAnother({ group, topic, partition: 1, member: 'another-program' });
    daemon.keepAsking(topic, group);
    await says(page, 0, /reads this partition/);
    await says(page, 1, /has waited .* for the claim of another-program.*another process.*session/);
  });

  it('nobody leads it', async () => {
    const { world, page } = await consuming();
    world.world.faults.kafka.leaderMoved(topic, 1, -1);
    await says(page, 1, /No broker leads this partition/);
    await says(page, 0, /reads this partition/);
    world.world.faults.kafka.leaderMoved(topic, 1, 1);
    await says(page, 1, /reads this partition/);
  });

  it('as much is offered and not acknowledged as may be', async () => {
    const { daemon, page } = await scene({ pendingMessagesMax: 3, subscriptionTimeoutMs: 60_000 });
    // A new group begins where the log ends when it comes.
    await daemon.takeWithoutAck(topic, group, 1);
    for (let n = 0; n < 10; n++) await daemon.post(topic, `m${n}`, { key: 'one' });
    const [partition] = await daemon.takeWithoutAck(topic, group, 3);
    await says(
      page,
      partition!,
      /3 messages of this partition were offered and are not acknowledged.*Acknowledge them/,
    );
  });

  it('ZooKeeper does not answer its member: since when, and what happens next', async () => {
    const { world, daemon, page } = await consuming();
    world.world.faults.zookeeper.clientCut(daemon.memberId);
    await says(page, 0, /ZooKeeper has not answered it for .*stops offering/);
    await says(
      page,
      0,
      /ZooKeeper has not answered .* of the 4\.0 s that its session lasts.*another member (takes over|may have)/i,
    );
    world.world.faults.zookeeper.clientHealed(daemon.memberId);
    await says(page, 0, /reads this partition/);
  });

  it('nobody asks for its messages, and how to ask', async () => {
    const { daemon, page, poller } = await consuming();
    await poller.stop();
    await says(page, 0, /nobody has asked it for a message for .*gives the topic up/);
    await says(page, 0, /Nobody consumes orders in billing.*makes its daemon a member/);
    const command = await page.getByText(/^curl/).first().innerText();
    expect(command).toBe(`curl '${daemon.url}/topics/${topic}/messages?group=${group}'`);
  });
});
