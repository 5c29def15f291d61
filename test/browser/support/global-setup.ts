import type { TestProject } from 'vitest/node';
import { startChromium } from '../../../scripts/browser/chromium.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the Chromium of this run listens. */
    browserEndpoint: string;
  }
}

/** One Chromium serves a whole run; the tests reach it by `browserPages()`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = await startChromium();
  project.provide('browserEndpoint', running.endpoint);
  return () => running.close();
}
