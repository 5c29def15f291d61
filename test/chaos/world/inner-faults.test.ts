import { createServer, type RequestListener, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultBody, strikeActors } from '../../../src/chaos/world/inner-faults.js';
import { parseFaultRequest } from '../../../src/fault-injection/fault-request.js';

describe('what a daemon is sent to strike its actors', () => {
  it('is what it takes', () => {
    const read = (...fault: Parameters<typeof faultBody>) => parseFaultRequest(faultBody(...fault));
    expect(read('crash', 'a/*', 0)).toEqual({ address: 'a/*', fault: { kind: 'crash' } });
    expect(read('slow', 'a', 2000)).toEqual({ address: 'a', fault: { kind: 'slow', forMs: 2000 } });
    expect(read('full', 'a', 600_000)).toEqual({ address: 'a', fault: { kind: 'mailbox-full', forMs: 600_000 } });
  });
});

describe('the answer of a daemon whose actors are struck', () => {
  let folder: string;
  let server: Server | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inner-'));
  });
  afterEach(async () => {
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    await rm(folder, { recursive: true });
  });

  async function serve(answer: RequestListener): Promise<string> {
    const path = join(folder, 's');
    server = createServer(answer);
    await new Promise<void>((resolve) => server!.listen(path, resolve));
    return path;
  }
  const strike = (path: string) => strikeActors(path, 'crash', 'a', 0);

  it('names them', async () => {
    const path = await serve((_, answer) => answer.end(JSON.stringify({ struck: ['a'], spared: [] })));
    expect(await strike(path)).toEqual(['a']);
  });

  it('says why it was not done', async () => {
    const path = await serve((_, answer) => answer.writeHead(404).end(JSON.stringify({ error: 'nobody is called a' })));
    await expect(strike(path)).rejects.toThrow(/^nobody is called a$/);
  });

  it('may be none', async () => {
    await expect(strike(join(folder, 'nobody'))).rejects.toThrow('does not take faults just now');
    const path = await serve((request) => request.socket.destroy());
    await expect(strike(path)).rejects.toThrow('does not take faults just now');
  });

  it('may be none that can be read', async () => {
    const path = await serve((_, answer) => answer.end('<html>'));
    await expect(strike(path)).rejects.toThrow('no JSON');
  });
});
