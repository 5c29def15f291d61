import { connect } from 'node:net';
import { ChaosError } from './chaos-error.js';
import { endpointOf } from './servers.js';

const connectMaxMs = 5000;

/**
 * Without servers there is no run: what clients miss then would look as if it had been lost. One of several may be away.
 *
 * @param what in words, as in `Kafka broker`
 * @param peers each `host:port`
 * @throws ChaosError: not one takes a connection within 5 s
 */
export async function refuseUnreachable(what: string, peers: readonly string[]): Promise<void> {
  const reached = await Promise.all(peers.map(takesConnections));
  if (reached.includes(true)) return;
  throw new ChaosError(
    `no ${what} of the given cluster takes a connection at ${peers.join(', ')}. Nothing was run; is it up, and is the address right?`,
  );
}

function takesConnections(peer: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(endpointOf(peer));
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(connectMaxMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
