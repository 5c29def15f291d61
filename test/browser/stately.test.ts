import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { browserPages } from './support/pages.js';

const pages = browserPages();
const soon = { timeout: 20_000, interval: 50 };

/** In the place of stately.ai: the receiver of the package, which lists what it gets. */
let receiver = '';
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { createBrowserReceiver } from '@statelyai/inspect';
        createBrowserReceiver().subscribe((event) => {
          document.body.append(event.type + ' ' + event.sessionId + '\\n');
        });`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    logLevel: 'error',
  });
  receiver = `<!doctype html><body><script>${outputFiles[0]!.text.replaceAll('</script', '<\\/script')}</script></body>`;
});

describe('the page for stately.ai', () => {
  it('loads that inspector when it is asked to, and tells it of everyone who lives, then of what happens', async () => {
    const world = pages.world();
    world.world.createTopic('orders', 1);
    const daemon = await world.startDaemon();
    const page = await pages.open(await world.inspect(), { expected: /^request to https:\/\/stately\.ai\/inspect$/ });
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(world.url)) elsewhere.push(request.url());
    });
    await page.route('https://stately.ai/**', (route) => route.fulfill({ contentType: 'text/html', body: receiver }));
    await page.goto(`${world.url}inspect/stately`);
    await page.getByText('It is the only page here').waitFor();
    expect(elsewhere).toEqual([]);

    await page.getByRole('button', { name: 'Connect to stately.ai' }).click();
    await page.getByRole('status').getByText('Connected.').waitFor();
    expect(elsewhere).toEqual(['https://stately.ai/inspect']);
    const received = () => page.frameLocator('iframe').locator('body').innerText();
    await expect.poll(received, soon).toContain('@xstate.actor d1:default');
    expect(await received()).toMatch(/^@xstate\.actor d1:\s+@xstate\.snapshot d1:\s/);

    daemon.keepAsking('orders', 'billing');
    await expect.poll(received, soon).toContain('@xstate.actor d1:default/group/billing/topic/orders/partition/0');
    expect(await received()).toContain('@xstate.event d1:default/group/billing');

    await world.stopInspecting();
    await page.getByRole('status').getByText('The daemon has ended.').waitFor();
    expect(await page.getByRole('button').isEnabled()).toBe(true);
  });
});
