import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { guardCalls } from '../../src/grpc/guarded-call.js';
import { loadService } from '../../src/grpc/service.js';
import { realHost } from '../../src/host/real-host.js';
import { FakeBudget } from '../http/support.js';
import { GrpcClient } from './support.js';

it('so many calls may be under way over all connections; one more is refused with UNAVAILABLE', async () => {
  const { clock } = realHost();
  const limits = { budget: new FakeBudget(), clock, callsMax: 2, requestTimeoutMs: 60_000 };
  const server = new Server({ interceptors: [guardCalls(limits)] });
  const open: sendUnaryData<unknown>[] = [];
  server.addService(loadService(), {
    GetOffsets(_call: unknown, answer: sendUnaryData<unknown>) {
      if (open.push(answer) > 2) answer(null, {});
    },
  });
  const port = await new Promise<number>((resolve) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) => resolve(bound)),
  );
  const clients = [new GrpcClient(`127.0.0.1:${port}`), new GrpcClient(`127.0.0.1:${port}`)] as const;
  const calls = clients.map((client) => client.call('GetOffsets', {}));
  await expect.poll(() => open.length, { timeout: 10_000 }).toBe(2);
  expect(await clients[0].error('GetOffsets', {})).toBe('14 this daemon serves 2 calls already, which is its limit');
  for (const answer of open) answer(null, {});
  expect((await Promise.all(calls)).map(({ code }) => code)).toEqual([0, 0]);
  await expect.poll(async () => (await clients[1].call('GetOffsets', {})).code, { timeout: 10_000 }).toBe(0);
  for (const client of clients) client.close();
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
});
