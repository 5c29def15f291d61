import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { validateConfig, type ConfigInput } from '../../src/config/config.js';
import { startDaemon, type Daemon } from '../../src/daemon.js';
import { createEmbeddedWorld, type EmbeddedWorld } from '../../src/embedded/world.js';
import { PixyError } from '../../src/errors/pixy-error.js';
import { realHost } from '../../src/host/real-host.js';
import type { InspectRecord, ServerFrame } from '../../src/inspector/protocol.js';
import { at, crash, Diary, probe } from '../actors/bus/support.js';
import { eventually, TopicClient } from '../support/real-daemon.js';

const host = realHost();

/** On an embedded world, on a port of its own. */
function start(
  world: EmbeddedWorld,
  ordinal: number,
  more: ConfigInput = {},
  log = pino({ level: 'silent' }),
): Promise<Daemon> {
  return startDaemon({
    config: validateConfig({ tcpAddr: '127.0.0.1:0', grpcAddr: '', ...more }),
    host,
    log,
    command: 'kafka-pixy',
    world,
    ordinal,
    onFatal: (error) => {
      throw error;
    },
  });
}

const clientOf = (daemon: Daemon) => new TopicClient(`http://${daemon.addresses[0]}`, 't');

describe('two daemons in one process', () => {
  it('are two members, share a group, and end without a trace', async () => {
    const world = createEmbeddedWorld({ host });
    world.createTopic('t', 4);
    const daemons = await Promise.all([start(world, 1), start(world, 2)]);
    const [first, second] = daemons;
    expect(second.memberId).toBe(`${first.memberId}_2`);
    const [a, b] = [clientOf(first), clientOf(second)];
    const posts = [a.get('g'), b.get('g')];
    await eventually(async () => ((await a.shares('g')) === '2,2' ? true : undefined), 'each has two partitions');
    expect(await a.consumers('g')).toEqual({ g: { [first.memberId]: [0, 1], [second.memberId]: [2, 3] } });
    // "1" and "2" fall to partitions 0 and 1, "3" and "4" to 2 and 3.
    await b.postSync('for the first', { key: '1' });
    await a.postSync('for the second', { key: '4' });
    expect((await Promise.all(posts)).map((message) => message?.value)).toEqual(['for the first', 'for the second']);
    await Promise.all(daemons.map((daemon) => daemon.drain()));
    expect(daemons.map(({ bus }) => bus.actors())).toEqual([[], []]);
    expect(world.describe().clients).toEqual([]);
  });
});

describe('a daemon whose listener fails', () => {
  it.each(['HTTP', 'gRPC'])(
    'drains and ends, instead of living on unreachable (defect 13 of the original): %s',
    async (api) => {
      const opened: Server[] = [];
      const { listen } = Server.prototype;
      const spy = vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...args) {
        opened.push(this);
        return listen.apply(this, args as never);
      });
      const world = createEmbeddedWorld({ host });
      world.createTopic('t', 1);
      let end: (error: unknown) => void = () => {};
      const ended = new Promise<unknown>((resolve) => (end = resolve));
      const daemon = await startDaemon({
        config: validateConfig({ tcpAddr: '127.0.0.1:0', grpcAddr: '127.0.0.1:0' }),
        host,
        log: pino({ level: 'silent' }),
        command: 'kafka-pixy',
        world,
        onFatal: (error) => end(error),
      });
      spy.mockRestore();
      await clientOf(daemon).postSync('x');
      const failure = new Error('the system took the socket away');
      opened[api === 'HTTP' ? 0 : 1]!.emit('error', failure);
      expect(await ended).toBe(failure);
      expect(daemon.bus.actors()).toEqual([]);
      expect(world.describe().clients).toEqual([]);
    },
  );
});

describe('a daemon that cannot listen', () => {
  it('says so, and leaves nothing behind', async () => {
    const world = createEmbeddedWorld({ host });
    const first = await start(world, 1);
    const failed = start(world, 2, { tcpAddr: first.addresses[0]! });
    await expect(failed).rejects.toSatisfy((error) => error instanceof PixyError && error.code === 'address-taken');
    await first.drain();
    expect(world.describe().clients).toEqual([]);
  });
});

describe('draining', () => {
  it('is done once, however often it is asked for', async () => {
    const daemon = await start(createEmbeddedWorld({ host }), 1);
    expect(daemon.drain()).toBe(daemon.drain());
    await daemon.drain();
    await expect(fetch(`http://${daemon.addresses[0]}/_ping`)).rejects.toThrow();
  });
});

describe('a daemon that is looked into', () => {
  it('shows itself, to the very end of its draining', async () => {
    const world = createEmbeddedWorld({ host });
    world.createTopic('t', 1);
    const daemon = await start(world, 1, { inspectAddr: '127.0.0.1:0' });
    const socket = new WebSocket(`ws://${daemon.inspectAddress}/inspect/stream`);
    const records: InspectRecord[] = [];
    let head: ServerFrame | undefined;
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as ServerFrame;
      if (frame.type === 'head') head = frame;
      else if (frame.type === 'records') records.push(...frame.records);
    });
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    await new Promise((resolve) => socket.once('message', resolve));
    await clientOf(daemon).postSync('x');
    await daemon.drain();
    expect(await closed).toBe(1001);
    expect(head).toMatchObject({ daemons: [{ memberIds: daemon.memberIds, listens: daemon.addresses }] });
    const of = (type: InspectRecord['type']) =>
      records.filter((record) => record.type === type).map(({ address }) => address);
    expect(of('ask')).toContain('d1:default/producer/t');
    expect(of('actor')).toContain('d1:default/zookeeper');
    expect(of('end')).toEqual(expect.arrayContaining(['d1:default/zookeeper', 'd1:']));
    await expect(fetch(`http://${daemon.inspectAddress}/`)).rejects.toThrow();
  });

  it('says so when the address of the inspector is taken, and leaves nothing behind', async () => {
    const world = createEmbeddedWorld({ host });
    const first = await start(world, 1, { inspectAddr: '127.0.0.1:0' });
    const failed = start(world, 2, { inspectAddr: first.inspectAddress! });
    await expect(failed).rejects.toThrow(`${first.inspectAddress} is taken by another program; use another address:`);
    await first.drain();
    expect(world.describe().clients).toEqual([]);
  });

  it('is nowhere unless it is asked for', async () => {
    const daemon = await start(createEmbeddedWorld({ host }), 1);
    expect(daemon.inspectAddress).toBeUndefined();
    await daemon.drain();
  });
});

describe('an actor that crashes', () => {
  it('leaves a dump in the configured folder, which the log names', async () => {
    const dumpDir = mkdtempSync(join(tmpdir(), 'daemon-test-'));
    const lines: Record<string, unknown>[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const daemon = await start(createEmbeddedWorld({ host }), 1, { dumpDir }, log);
    daemon.bus.spawn(probe(), at('default/probe'), new Diary());
    daemon.bus.tell(at('default/probe'), crash());
    const path = await eventually(() => Promise.resolve(lines.find(({ dump }) => dump)?.dump as string), 'a dump');
    expect(path.startsWith(dumpDir)).toBe(true);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      source: 'crash of d1:default/probe',
      head: { daemons: [{ name: 'd1', memberIds: daemon.memberIds, listens: daemon.addresses }] },
    });
    await daemon.drain();
    rmSync(dumpDir, { recursive: true });
  });
});
