import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { startChromium } from '../../../scripts/browser/chromium.js';
import { buildPage } from '../../../scripts/build/page.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the Chromium of this run listens. */
    browserEndpoint: string;
    /** The inspector's page as its source is now. */
    pageFolder: string;
  }
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** One Chromium serves a whole run; the tests reach it by `browserPages()`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-pixy-page-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  try {
    await buildPage({ root, outdir: folder });
    const running = await startChromium();
    project.provide('pageFolder', folder);
    project.provide('browserEndpoint', running.endpoint);
    return async () => {
      await running.close();
      await removeFolder();
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}
