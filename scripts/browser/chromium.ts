import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserServer, chromium } from 'playwright-core';
import { Watchdog } from '../../src/cluster/watchdog.js';

/** Names an installed Chromium, for systems that the packed one does not run on: it is for Linux on x64. */
export const chromiumVariable = 'CHROMIUM_PATH';

/** A Chromium that runs without a window. */
export interface RunningChromium {
  /** For `chromium.connect` of playwright-core; any number may. */
  readonly endpoint: string;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

/**
 * Unpacks the Chromium of the npm package into a temporary folder and starts it. It ends with this process, however that
 * ends. @throws Error that says what to install, where a library is missing
 */
export async function startChromium(): Promise<RunningChromium> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-pixy-browser-'));
  const watchdog = new Watchdog(folder);
  const removeAll = async () => {
    await watchdog.release();
    await rm(folder, { recursive: true, force: true });
  };
  let server: BrowserServer;
  try {
    server = await inTemporaryFolder(folder, launch);
  } catch (error) {
    await removeAll();
    throw new Error(inWords(error as Error), { cause: error });
  }
  watchdog.watch([server.process().pid!]);
  return {
    endpoint: server.wsEndpoint(),
    async close() {
      await server.close();
      await removeAll();
    },
  };
}

async function launch(): Promise<BrowserServer> {
  const installed = process.env[chromiumVariable];
  if (installed) return chromium.launchServer({ executablePath: installed });
  // Looks at the system's temporary folder when it is loaded.
  const { default: packed } = await import('@sparticuz/chromium');
  const executablePath = await packed.executablePath();
  const fonts = existsSync('/etc/fonts') ? {} : { FONTCONFIG_PATH: join(tmpdir(), 'fonts') };
  // The package recommends flags that put aside the walls between origins: what the tests are there to see.
  return chromium.launchServer({ executablePath, env: { ...process.env, ...fonts } as Record<string, string> });
}

/** What is packed unpacks itself into the system's temporary folder; so this one is it for a while. */
async function inTemporaryFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

function inWords({ message }: Error): string {
  const library = /error while loading shared libraries: (\S+?):/.exec(message)?.[1];
  if (library !== undefined) {
    return `Chromium misses the library ${library}. Install what it needs: apt-get install -y libnss3 libnspr4 libexpat1`;
  }
  const place = `${process.platform} on ${process.arch}`;
  const other = place === 'linux on x64' ? '' : ` On ${place}, name an installed one by ${chromiumVariable}.`;
  return `Chromium did not start.${other} ${message}`;
}
