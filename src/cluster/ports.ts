import { createServer } from 'node:net';
import type { Random } from '../host/host.js';
import { ClusterError } from './cluster-error.js';

/**
 * Below the range from which systems take ports for outgoing connections (Linux: 32768 on, others: 49152 on), so that the
 * port of a server that is down for a while is still free when it comes back.
 */
const PORT_MIN = 20_000;
const PORT_MAX = 31_999;
const TRIES_MAX = 100;

/** Distinct ports of `host` on which nobody listens at this moment. */
export async function freePorts(random: Random, host: string, count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries === TRIES_MAX)
      throw new ClusterError(`Found no free port on ${host} between ${PORT_MIN} and ${PORT_MAX}.`);
    const port = PORT_MIN + Math.floor(random.next() * (PORT_MAX - PORT_MIN + 1));
    if (await isFree(host, port)) found.add(port);
  }
  return [...found];
}

export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
