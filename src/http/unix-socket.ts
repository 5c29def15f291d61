import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';

/**
 * Removes the socket file that a killed daemon left behind: only if it is a socket, and only if nobody answers there. What
 * is not removed makes the listening fail, as it should.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isSocket() || (await connectError(path)) !== 'ECONNREFUSED') return;
  await unlink(path).catch(() => {});
}

/** `undefined`: somebody answers. */
function connectError(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}
