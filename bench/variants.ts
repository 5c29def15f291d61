import { freePorts } from '../src/cluster/ports.js';
import { realHost } from '../src/host/real-host.js';
import type { Variants } from './comparison.js';
import type { DaemonOptions } from './processes/daemon-process.js';
import type { Worker } from './processes/calls.js';
import type { Stage } from './work.js';
import type { operations as viewerOperations } from './workers/viewer.js';

/** Starts one more daemon. */
export type StartDaemon = (options?: Partial<DaemonOptions>) => Promise<Stage>;

/** Without the inspector, with it, and with somebody who looks. */
export async function inspectorVariants(
  start: StartDaemon,
  viewer: Worker<typeof viewerOperations>,
): Promise<Variants> {
  const [first, second] = (await freePorts(realHost().random, '127.0.0.1', 2)) as [number, number];
  const off = await start();
  const on = await start({ inspectAddr: `127.0.0.1:${first}` });
  const viewed = await start({ inspectAddr: `127.0.0.1:${second}` });
  await viewer.call('watch', { address: `127.0.0.1:${second}` });
  return [
    { name: 'off', stage: off },
    { name: 'on', stage: on },
    { name: 'one viewer', stage: viewed },
  ];
}

/** What another checkout was built to, and this one. */
export async function buildVariants(start: StartDaemon, root: string): Promise<Variants> {
  return [
    { name: 'the other', stage: await start({ root }) },
    { name: 'this one', stage: await start() },
  ];
}
