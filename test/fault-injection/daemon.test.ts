import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../../src/actors/addresses.js';
import { validateConfig, type ConfigInput } from '../../src/config/config.js';
import { startDaemon, type Daemon } from '../../src/daemon.js';
import { createEmbeddedWorld, type EmbeddedWorld } from '../../src/embedded/world.js';
import { realHost } from '../../src/host/real-host.js';
import { eventually, TopicClient } from '../support/real-daemon.js';
import { ask, folders, inject } from './support.js';

const host = realHost();
const folder = folders();

function start(world: EmbeddedWorld, more: ConfigInput): Promise<Daemon> {
  return startDaemon({
    config: validateConfig({
      tcpAddr: '127.0.0.1:0',
      grpcAddr: '',
      dumpDir: folder(),
      clusters: { default: { consumer: { longPollingTimeoutMs: 200 } } },
      ...more,
    }),
    host,
    log: pino({ level: 'silent' }),
    command: 'kafka-pixy',
    world,
    onFatal: (error) => {
      throw error;
    },
  });
}

function worldWithTopic(partitions: number): EmbeddedWorld {
  const world = createEmbeddedWorld({ host });
  world.createTopic('t', partitions);
  return world;
}

const clientOf = (daemon: Daemon) => new TopicClient(`http://${daemon.addresses[0]}`, 't');

/** Consumes until the daemon has so many partitions. */
async function owns(client: TopicClient, partitions: string): Promise<void> {
  await eventually(async () => {
    await client.get('g');
    return (await client.shares('g')) === partitions ? true : undefined;
  }, `${partitions} partitions are owned`);
}

/** How often each actor was restarted, by address. */
async function restartsAt(socket: string): Promise<Map<string, number>> {
  const { text } = await ask(socket, 'GET', '/actors', { headers: { Accept: 'application/json' } });
  const actors = JSON.parse(text) as { address: string; restarts: number }[];
  return new Map(actors.map(({ address, restarts }) => [address, restarts]));
}

describe('a daemon that allows faults', () => {
  it('restarts what crashes on command, and consuming goes on', async () => {
    const socket = join(folder(), 'faults.sock');
    const daemon = await start(worldWithTopic(1), { allowFaults: socket });
    const client = clientOf(daemon);
    // A group that is new begins at the end.
    await owns(client, '1');
    await client.postSync('before');
    expect((await eventually(() => client.get('g'), 'the message before')).value).toBe('before');
    const crashed = await inject(socket, { address: 'default/group/*/topic/t/partition/*', fault: 'crash' });
    const owner = 'default/group/g/topic/t/partition/0';
    expect(crashed).toEqual({ status: 200, body: { struck: [owner], spared: [] } });
    await client.postSync('after');
    await eventually(async () => {
      const message = await client.get('g');
      return message?.value === 'after' ? true : undefined;
    }, 'the message after the crash');
    expect((await restartsAt(socket)).get(owner)).toBe(1);
    await daemon.drain();
    expect(daemon.bus.actors()).toEqual([]);
  });

  it('ends its ZooKeeper session where the keeper of it crashes, and claims its partitions under a new one', async () => {
    const socket = join(folder(), 'faults.sock');
    const world = worldWithTopic(2);
    const daemon = await start(world, { allowFaults: socket });
    const client = clientOf(daemon);
    const sessionIds = () => world.describe().zookeeper.sessions.map(({ id }) => id);
    await owns(client, '2');
    const before = sessionIds();
    expect(before).toHaveLength(1);
    await inject(socket, { address: 'default/zookeeper', fault: 'crash' });
    await eventually(async () => {
      await client.get('g');
      const after = sessionIds();
      return after.length === 1 && after[0] !== before[0] && (await client.shares('g')) === '2' ? true : undefined;
    }, 'both partitions under another session');
    await daemon.drain();
  });

  it('comes back from a crash of its root', async () => {
    const socket = join(folder(), 'faults.sock');
    const daemon = await start(worldWithTopic(1), { allowFaults: socket });
    const client = clientOf(daemon);
    await client.postSync('before');
    expect((await inject(socket, { address: '', fault: 'crash' })).body).toEqual({ struck: [''], spared: [] });
    await eventually(
      async () => ((await client.post('after', { sync: '' })).status === 200 ? true : undefined),
      'a post',
    );
    expect((await restartsAt(socket)).get('')).toBe(1);
    await daemon.drain();
  });

  it('opens its socket for this user alone, and removes it when it drains', async () => {
    const socket = join(folder(), 'faults.sock');
    const daemon = await start(worldWithTopic(1), { allowFaults: socket });
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    await daemon.drain();
    expect(existsSync(socket)).toBe(false);
  });

  it('does not start where the socket cannot be had, and leaves nothing behind', async () => {
    const world = worldWithTopic(1);
    const socket = join(folder(), 'faults.sock');
    const other = createServer().listen(socket);
    await new Promise((resolve) => other.once('listening', resolve));
    await expect(start(world, { allowFaults: socket })).rejects.toMatchObject({ code: 'address-taken' });
    await expect(start(world, { allowFaults: join(folder(), 'no', 'where') })).rejects.toThrow(/^cannot listen on /);
    expect(world.describe().clients).toEqual([]);
    await new Promise((resolve) => other.close(resolve));
  });
});

describe('a daemon that was not told to allow faults', () => {
  it('refuses them, and has no path for them in its API', async () => {
    const daemon = await start(worldWithTopic(1), { unixAddr: join(folder(), 'api.sock') });
    const [, unixAddr] = daemon.addresses;
    expect(daemon.addresses).toHaveLength(2);
    expect(await ask(unixAddr!, 'POST', '/faults', { body: '{}' })).toMatchObject({ status: 404 });
    expect(await ask(unixAddr!, 'GET', '/actors')).toMatchObject({ status: 404 });
    expect(() => daemon.bus.injectFault(addressOf.zookeeper('default'), { kind: 'crash' })).toThrow('faultsAllowed');
    await daemon.drain();
  });
});
