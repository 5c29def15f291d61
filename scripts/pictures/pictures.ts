import type { Browser, Page } from 'playwright-core';

const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const;
const colorSchemes = ['light', 'dark'] as const;
const views = ['rebalance', 'actors', 'sequence', 'topics'] as const;
/** The slowest step of the demo takes ten seconds. */
const waitMaxMs = 60_000;
/** Between two steps, so that each is seen for itself on the axis of time. */
const pauseMs = 3000;

const group = 'default/demo';
const owner = 'd1:default/group/demo/topic/demo-rebalance/partition/0';

interface Look {
  readonly size: keyof typeof sizes;
  readonly colorScheme: (typeof colorSchemes)[number];
}

export interface Pictures {
  readonly browser: Browser;
  /** Of the page of the demo, which stands at its beginning. */
  readonly url: string;
  readonly keep: (name: string, png: Buffer) => Promise<void>;
}

/** Leads the demo to the moment when a member has lost ZooKeeper, and takes what the README begins with. */
export async function takeForReadme(pictures: Pictures): Promise<void> {
  const page = await open(pictures, { size: 'wide', colorScheme: 'light' });
  await page.getByRole('button', { name: '30 s' }).click();
  await page.evaluate('document.activeElement.blur()');
  await doSteps(page, 6);
  await page.waitForTimeout(pauseMs);
  await page.keyboard.press('n');
  await page.getByText('nothing is offered').waitFor({ timeout: waitMaxMs });
  await pictures.keep('rebalance', await page.screenshot());
}

/** Every view as it is now: wide and narrow, light and dark. */
export async function takeAll(pictures: Pictures): Promise<void> {
  for (const size of Object.keys(sizes) as (keyof typeof sizes)[])
    for (const colorScheme of colorSchemes) {
      const page = await open(pictures, { size, colorScheme });
      for (const view of views) {
        await show(page, view, view === 'actors' ? owner : undefined);
        if (view === 'actors') await page.locator('.chart-paper svg').waitFor();
        const png = await page.screenshot({ fullPage: size === 'narrow' });
        await pictures.keep(`${view}-${size}-${colorScheme}`, png);
      }
    }
}

async function open({ browser, url }: Pictures, { size, colorScheme }: Look): Promise<Page> {
  const context = await browser.newContext({ viewport: sizes[size], colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole('status').getByText('Live').waitFor();
  return page;
}

/** Each until it has settled. */
async function doSteps(page: Page, steps: number): Promise<void> {
  for (let step = 1; step <= steps; step++) {
    await announced(page, step);
    if (step > 1) await page.waitForTimeout(pauseMs);
    await page.keyboard.press('n');
  }
  await announced(page, steps + 1);
}

const announced = (page: Page, step: number): Promise<void> =>
  page
    .getByText(new RegExp(`^Next, ${step} of`))
    .first()
    .waitFor({ timeout: waitMaxMs });

/** By its place in the location, as a link to it would. */
async function show(page: Page, view: (typeof views)[number], actor: string | undefined): Promise<void> {
  const query = new URLSearchParams({ group, ...(actor !== undefined && { actor }) });
  await page.evaluate(`location.hash = ${JSON.stringify(`${view}?${query}`)}`);
  await page.getByRole('tab', { name: new RegExp(view, 'i'), selected: true }).waitFor();
  // What comes of it, like a drawing or a first reading, is there within a few of the page's own drawings.
  await page.waitForTimeout(700);
}
