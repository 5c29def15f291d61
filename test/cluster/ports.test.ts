import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePorts, isFree } from '../../src/cluster/ports.js';
import { realHost } from '../../src/host/real-host.js';

describe('free ports', () => {
  it('are distinct, free, and not of the range for outgoing connections', async () => {
    const ports = await freePorts(realHost().random, '127.0.0.1', 4);
    expect(new Set(ports).size).toBe(4);
    for (const port of ports) {
      expect(port).toBeLessThan(32_768);
      expect(await isFree('127.0.0.1', port)).toBe(true);
    }
  });

  it('are not those on which somebody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect(await isFree('127.0.0.1', port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isFree('127.0.0.1', port)).toBe(true);
  });
});
