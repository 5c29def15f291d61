import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import { watch } from './complaints.js';
import { InspectedWorld } from './inspected-world.js';
// The types of what is injected are declared there.
import type {} from './global-setup.js';

export const wide = { width: 1440, height: 900 };
export const narrow = { width: 390, height: 844 };

/** An action or an expectation of Playwright that takes longer fails; a busy machine is slow. */
const actionMaxMs = 20_000;

export interface PageOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
  readonly hash?: string;
  /** Complaints that are part of the test, such as a connection that breaks. */
  readonly expected?: RegExp;
}

/**
 * Opens pages, each in a profile of its own; to be made once in a test file. A test fails at its end when a page of it logged
 * an error or a warning, threw, broke its content security policy, or asked anybody else than its own origin for anything.
 */
export function browserPages() {
  const ending: (() => Promise<unknown>)[] = [];
  const open: { readonly context: BrowserContext; readonly complaints: string[] }[] = [];
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.connect(inject('browserEndpoint'));
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    const closing = open.splice(0);
    for (const { context } of closing) await context.close();
    // A page that outlived what it shows would complain of that.
    for (const end of ending.splice(0).reverse()) await end();
    expect(closing.flatMap(({ complaints }) => complaints)).toEqual([]);
  });

  return {
    /** What is to end after the pages of a test, the last first. */
    ending,

    world(...options: ConstructorParameters<typeof InspectedWorld>): InspectedWorld {
      const world = new InspectedWorld(...options);
      ending.push(() => world.end());
      return world;
    },

    /** `url`: of the inspector. */
    async open(url: string, { viewport = wide, colorScheme = 'light', hash = '', expected }: PageOptions = {}) {
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      context.setDefaultTimeout(actionMaxMs);
      const complaints: string[] = [];
      open.push({ context, complaints });
      const page = await context.newPage();
      watch(page, new URL(url).host, (complaint) => {
        if (!expected?.test(complaint)) complaints.push(complaint);
      });
      await page.goto(`${url}${hash}`);
      return page;
    },
  };
}
