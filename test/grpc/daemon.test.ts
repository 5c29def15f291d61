import { createServer } from 'node:net';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { validateConfig, type ConfigInput } from '../../src/config/config.js';
import { startDaemon } from '../../src/daemon.js';
import { createEmbeddedWorld, type EmbeddedWorld } from '../../src/embedded/world.js';
import { realHost } from '../../src/host/real-host.js';
import { GrpcClient } from './support.js';
import { describeWholeService } from './whole-service.js';

const host = realHost();

function start(world: EmbeddedWorld, input: ConfigInput = {}) {
  const consumer = { longPollingTimeoutMs: 1000, ackTimeoutMs: 30_000 };
  return startDaemon({
    config: validateConfig({
      tcpAddr: '127.0.0.1:0',
      grpcAddr: '127.0.0.1:0',
      clusters: { default: { consumer } },
      ...input,
    }),
    ...{ host, world, command: 'kafka-pixy' },
    log: pino({ level: 'silent' }),
    onFatal: (error) => {
      throw error;
    },
  });
}

describeWholeService('an embedded cluster', async () => {
  const world = createEmbeddedWorld({ host });
  world.createTopic('t', 4);
  return { daemon: await start(world), topic: 't', topicConfig: {}, headers: true };
});

describe('a daemon with gRPC', () => {
  it('can serve nothing else, and says where it does', async () => {
    const daemon = await start(createEmbeddedWorld({ host }), { tcpAddr: '' });
    expect(daemon.addresses).toEqual([]);
    const client = new GrpcClient(daemon.grpcAddress!);
    expect(await client.answer('ListTopics', {})).toEqual({ topics: {} });
    client.close();
    await daemon.drain();
  });

  it('does not serve it where the address is empty', async () => {
    const daemon = await start(createEmbeddedWorld({ host }), { grpcAddr: '' });
    expect(daemon.grpcAddress).toBeUndefined();
    await daemon.drain();
  });

  it('leaves nothing behind when its address is taken', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
    );
    const world = createEmbeddedWorld({ host });
    await expect(start(world, { grpcAddr: `127.0.0.1:${port}` })).rejects.toMatchObject({ code: 'address-taken' });
    expect(world.describe().clients).toEqual([]);
    taken.close();
  });

  it('takes acks while it drains, then ends', async () => {
    const world = createEmbeddedWorld({ host });
    world.createTopic('t', 1);
    const daemon = await start(world);
    const client = new GrpcClient(daemon.grpcAddress!);
    await client.answer('SetOffsets', { topic: 't', group: 'g', offsets: [{ partition: 0, offset: 0 }] });
    await client.answer('Produce', { topic: 't', message: Buffer.from('m') });
    const rq = { topic: 't', group: 'g', no_ack: true };
    await expect.poll(async () => (await client.call('ConsumeNAck', rq)).code, { timeout: 20_000 }).toBe(0);
    const drained = daemon.drain();
    await expect.poll(async () => (await client.call('ConsumeNAck', rq)).code, { timeout: 20_000 }).toBe(14);
    expect(await client.answer('Ack', { topic: 't', group: 'g', partition: 0, offset: 0 })).toEqual({});
    await drained;
    expect(world.describe().kafka.committedOffsets).toMatchObject([{ group: 'g', partition: 0, offset: 1 }]);
    expect((await client.call('Ack', rq)).code).toBe(14);
    client.close();
  });
});
