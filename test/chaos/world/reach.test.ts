import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { refuseUnreachable } from '../../../src/chaos/world/reach.js';

describe('a cluster that is given', () => {
  const server = createServer((socket) => socket.destroy());
  afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

  it('of which no ZooKeeper server is there is no cluster to run on; one of several is enough', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const here = `127.0.0.1:${(server.address() as { port: number }).port}`;
    // A port that nobody can listen on without being root, and nobody does.
    const away = '127.0.0.1:1';
    await expect(refuseUnreachable('ZooKeeper server', [away, here])).resolves.toBeUndefined();
    await expect(refuseUnreachable('ZooKeeper server', [away])).rejects.toThrow(
      `no ZooKeeper server of the given cluster takes a connection at ${away}. Nothing was run`,
    );
  });
});
