import { lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { startListening, type ListeningOptions } from './listening.js';

/**
 * Opens a listener on a socket file that nobody but this user may use. `flag` is the one that names it.
 * @throws PixyError `address-taken`, `cannot-listen`
 */
export async function startListeningForOwner(
  server: Server,
  { path, flag }: { readonly path: string; readonly flag: string },
  options: ListeningOptions,
): Promise<void> {
  await removeStaleSocket(path);
  // Node makes the file within the call: a chmod later would leave a moment in which others may connect.
  const usual = process.umask(0o177);
  let started: Promise<void>;
  try {
    started = startListening(server, { where: { path }, address: path, instead: `--${flag} ${path}.2` }, options);
  } finally {
    process.umask(usual);
  }
  await started;
}

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
