import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWebSocketInspector, createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect';
import { createActor, type AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Bus } from '../../src/actors/bus/types.js';
import { definitionOf, statelyVersion } from '../../src/inspector/stately-frames.js';
import { StatelyFeeds, statelyViewersMax } from '../../src/inspector/stately.js';
import type { ViewerSocket } from '../../src/inspector/viewer.js';
import { at, crash, note, probe, world, type World } from '../actors/bus/support.js';
import { ConsumeWorld } from '../actors/consume/consume-world.js';

interface Frame {
  readonly type: '@xstate.actor' | '@xstate.event' | '@xstate.snapshot';
  readonly sessionId: string;
  readonly rootId: string;
  readonly parentId?: string;
  readonly sourceId?: string;
  readonly name?: string;
  readonly definition?: string;
  readonly event?: { readonly type: string; readonly [name: string]: unknown };
  readonly snapshot?: {
    readonly status: string;
    readonly value: unknown;
    readonly context: Record<string, unknown>;
    readonly error?: string;
  };
}

class FakeSocket implements ViewerSocket {
  waitingBytes = 0;
  pings = 0;
  destroyed = false;
  closed: string | undefined;
  readonly frames: Frame[] = [];
  send(frame: Buffer): void {
    this.frames.push(JSON.parse(frame.toString()) as Frame);
  }
  ping(): void {
    this.pings++;
  }
  close(_code: number, reason: string): void {
    this.closed = reason;
  }
  destroy(): void {
    this.destroyed = true;
  }
  take(): string[] {
    return this.frames.splice(0).map(brief);
  }
}

const brief = ({ type, sessionId, event, snapshot }: Frame): string => {
  if (type === '@xstate.actor') return `actor ${sessionId}`;
  if (type === '@xstate.event') return `event ${sessionId} ${event!.type}`;
  return `snapshot ${sessionId} ${JSON.stringify(snapshot!.value)} ${snapshot!.status} by ${event!.type}`;
};

const inspected = (bus: Bus) => ({ bus, memberIds: {}, listens: () => [] });

function look(...worlds: [World, ...World[]]) {
  const socket = new FakeSocket();
  const buses = worlds.map(({ bus }) => bus);
  const feeds = new StatelyFeeds({ daemons: () => buses.map(inspected), clock: worlds[0].host.clock });
  feeds.join(socket);
  return { socket, feeds, buses };
}

describe('the stream for the Stately inspector', () => {
  it('tells a late viewer of everyone who lives, parents first, as one system', async () => {
    const w = world({ name: 'd2' });
    for (const address of ['', 'a', 'a/b/c']) w.spawn(address);
    await w.rest();
    const { socket } = look(w);
    expect(socket.frames.filter(({ type }) => type === '@xstate.actor')).toMatchObject([
      { sessionId: 'd2:', rootId: 'd2:', name: 'd2', snapshot: { status: 'active', value: 'open' } },
      { sessionId: 'd2:a', rootId: 'd2:', parentId: 'd2:', name: 'd2:a' },
      { sessionId: 'd2:a/b/c', rootId: 'd2:', parentId: 'd2:a', name: 'd2:a/b/c' },
    ]);
    expect(socket.frames[0]).not.toHaveProperty('parentId');
    expect(socket.take().filter((text) => text.startsWith('snapshot'))).toEqual([
      'snapshot d2: "open" active by ',
      'snapshot d2:a "open" active by ',
      'snapshot d2:a/b/c "open" active by ',
    ]);
  });

  it('gives the daemon a session of its own where its address is empty', async () => {
    const w = world();
    w.spawn('');
    w.spawn('kafka-pixy');
    await w.rest();
    const { socket } = look(w);
    expect(socket.take().filter((text) => text.startsWith('actor'))).toEqual(['actor kafka-pixy:', 'actor kafka-pixy']);
  });

  it('goes on with what happens: events with their senders, states, ends, restarts', async () => {
    const w = world();
    const parent = w.spawn('a');
    await w.rest();
    const { shell } = parent;
    const { socket } = look(w);
    socket.take();
    shell.spawn(probe(), at('a/b'), parent);
    await w.rest();
    shell.tell(at('a/b'), { type: 'close' });
    await w.rest();
    expect(socket.frames.find(({ type }) => type === '@xstate.event')).toMatchObject({
      sessionId: 'a/b',
      sourceId: 'a',
      event: { type: 'close' },
    });
    expect(socket.take()).toEqual([
      'actor a/b',
      'snapshot a/b "open" active by ',
      'event a/b close',
      'snapshot a/b "closed" active by close',
    ]);
    w.bus.tell(at('a/b'), crash());
    await w.host.clock.runFor(1000);
    expect(socket.frames.find(({ snapshot }) => snapshot?.status === 'error')!.snapshot!.error).toBe('boom');
    expect(socket.take()).toEqual([
      'event a/b do',
      'snapshot a/b "closed" error by xstate.stop',
      'actor a/b',
      'snapshot a/b "open" active by ',
    ]);
    await w.bus.stop(at('a/b'));
    w.bus.tell(at('a'), { type: 'finish' });
    await w.rest();
    expect(socket.take().filter((text) => text.endsWith('xstate.stop'))).toEqual([
      'snapshot a/b "open" stopped by xstate.stop',
      'snapshot a "finished" done by xstate.stop',
    ]);
  });

  it('never has a payload in it', async () => {
    const w = world();
    w.spawn('a');
    await w.rest();
    const { socket } = look(w);
    w.bus.tell(at('a'), { type: 'note', text: 'x', value: Buffer.from('secret'), key: 'secret' } as never);
    await w.rest();
    expect(socket.frames.find(({ event }) => event?.type === 'note')!.event).toMatchObject({ value: '6 bytes' });
    expect(JSON.stringify(socket.frames)).not.toContain('secret');
  });

  it('never has a payload in it, while messages are fetched, offered and acknowledged', async () => {
    const w = new ConsumeWorld();
    w.world.createTopic('t', 1);
    await w.store(0);
    const daemon = w.start('m');
    const socket = new FakeSocket();
    const feeds = new StatelyFeeds({ daemons: () => [inspected(daemon.bus)], clock: w.host.clock });
    feeds.join(socket);
    await w.write(Array.from({ length: 50 }, (_, index) => `secret-${index}`));
    expect(await daemon.consume(20)).toContain('secret-7');
    await daemon.takeUnacked();
    await w.runFor(1000);
    expect(socket.frames.some(({ sessionId }) => sessionId.endsWith('/topic/t/partition/0'))).toBe(true);
    const said = JSON.stringify(socket.frames);
    for (const form of [
      (text: string) => text,
      btoa,
      (text: string) => JSON.stringify([...Buffer.from(text)]).slice(1, -1),
    ])
      expect(said).not.toContain(form('secret'));
    feeds.close();
    await w.close();
  });

  it('leaves out what a slow viewer does not take, says how much, and tells every state in the end', async () => {
    const w = world();
    w.spawn('');
    w.spawn('a');
    w.spawn('b');
    await w.rest();
    const { socket } = look(w);
    socket.take();
    socket.waitingBytes = 2 * 1024 * 1024;
    for (let i = 0; i < 5; i++) w.bus.tell(at('a'), note('x'));
    w.bus.tell(at('a'), { type: 'close' });
    await w.bus.stop(at('b'));
    w.spawn('c');
    await w.host.clock.runFor(1000);
    expect(socket.take()).toEqual([]);
    socket.waitingBytes = 0;
    await w.host.clock.runFor(100);
    expect(socket.frames.find(({ event }) => event?.type === 'inspector.events-left-out')).toMatchObject({
      sessionId: 'kafka-pixy:',
      event: { count: 6 },
    });
    expect(socket.take().sort()).toEqual([
      'actor c',
      'event kafka-pixy: inspector.events-left-out',
      'snapshot a "closed" active by ',
      'snapshot b "open" stopped by xstate.stop',
      'snapshot c "open" active by ',
      'snapshot kafka-pixy: "open" active by ',
    ]);
  });

  it('is no flood: what is too much for a step is left out, and states come later', async () => {
    const w = world();
    for (let actor = 0; actor < 1000; actor++) w.spawn(`a${actor}`);
    await w.rest();
    const { socket } = look(w);
    expect(socket.frames.length).toBeLessThanOrEqual(101);
    for (let step = 0; step < 40; step++) {
      const before = socket.frames.length;
      await w.host.clock.runFor(50);
      expect(socket.frames.length - before).toBeLessThanOrEqual(101);
    }
    expect(new Set(socket.frames.map(({ sessionId }) => sessionId)).size).toBe(1000);
    socket.take();
    for (let i = 0; i < 1000; i++) w.bus.tell(at('a1'), i % 2 ? note('x') : { type: 'close' });
    await w.rest();
    expect(socket.frames.length).toBeLessThanOrEqual(101);
  });

  it('cuts off a viewer that takes nothing, and one that is not heard of', async () => {
    const w = world();
    w.spawn('');
    const { socket, feeds } = look(w);
    const silent = new FakeSocket();
    feeds.join(silent);
    const beat = () => {
      feeds.heard(socket);
      if (socket.pings < 3) w.host.clock.setTimeout(beat, 1000);
    };
    beat();
    socket.waitingBytes = 2 * 1024 * 1024;
    await w.host.clock.runFor(29_000);
    expect([socket.destroyed, silent.destroyed]).toEqual([false, false]);
    await w.host.clock.runFor(2000);
    expect([socket.destroyed, silent.destroyed]).toEqual([true, true]);
  });

  it('watches nothing and arms nothing without a viewer, and takes only so many', async () => {
    const w = world();
    w.spawn('');
    await w.rest();
    const sockets = Array.from({ length: statelyViewersMax + 1 }, () => new FakeSocket());
    const feeds = new StatelyFeeds({ daemons: () => [inspected(w.bus)], clock: w.host.clock });
    expect(w.host.clock.pendingTimers).toBe(0);
    for (const socket of sockets) feeds.join(socket);
    expect(sockets.map(({ closed }) => closed !== undefined)).toEqual([false, false, false, false, true]);
    expect(w.host.clock.pendingTimers).toBe(statelyViewersMax);
    for (const socket of sockets) feeds.leave(socket);
    expect(w.host.clock.pendingTimers).toBe(0);
    for (const socket of sockets) socket.take();
    w.bus.tell(at(''), { type: 'close' });
    await w.rest();
    expect(sockets.flatMap((socket) => socket.take())).toEqual([]);
    feeds.close();
    const late = new FakeSocket();
    feeds.join(late);
    expect(late.closed).toContain('end');
  });

  it('follows daemons that come and go', async () => {
    const [w, other] = [world({ name: 'd1' }), world({ name: 'd2' })];
    w.spawn('');
    other.spawn('');
    await w.rest();
    const { socket, buses } = look(w);
    socket.take();
    buses.push(other.bus);
    await w.host.clock.runFor(60);
    expect(socket.take()).toEqual(['actor d2:', 'snapshot d2: "open" active by ']);
    buses.splice(0, 1);
    await w.host.clock.runFor(60);
    expect(socket.take()).toEqual(['snapshot d1: "open" stopped by xstate.stop']);
  });
});

/** Serves what `serve` does with each socket, on a port of this machine. */
async function serving<T>(serve: (socket: WebSocket) => void, use: (url: string) => Promise<T>): Promise<T> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  server.on('connection', serve);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  } finally {
    for (const client of server.clients) client.terminate();
    server.close();
    await new Promise((resolve) => http.close(resolve));
  }
}

const real = (socket: WebSocket): ViewerSocket => ({
  get waitingBytes() {
    return socket.bufferedAmount;
  },
  send: (frame) => socket.send(frame, { binary: false }),
  ping: () => socket.ping(),
  close: (code, reason) => socket.close(code, reason),
  destroy: () => socket.terminate(),
});

async function until(condition: () => boolean): Promise<void> {
  const endsAt = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > endsAt) throw new Error('it did not come true within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("the package's own receiver", () => {
  it('gets everyone who lives, then what happens', async () => {
    const w = world();
    w.spawn('');
    w.spawn('a');
    await w.rest();
    const feeds = new StatelyFeeds({ daemons: () => [inspected(w.bus)], clock: w.host.clock });
    const received: StatelyInspectionEvent[] = [];
    await serving(
      (socket) => feeds.join(real(socket)),
      async (server) => {
        createWebSocketReceiver({ server }).subscribe((event) => received.push(event));
        await until(() => received.length === 4);
        w.bus.tell(at('a'), { type: 'close' });
        await until(() => received.length === 6);
      },
    );
    feeds.close();
    expect(received.map((event) => brief(event as unknown as Frame))).toEqual([
      'actor kafka-pixy:',
      'snapshot kafka-pixy: "open" active by ',
      'actor a',
      'snapshot a "open" active by ',
      'event a close',
      'snapshot a "closed" active by close',
    ]);
  });
});

/** Names of the fields and what they hold, of each type of frame. */
function shapes(frames: readonly object[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const frame of frames) {
    const { type, snapshot, ...rest } = frame as { type: string; snapshot?: object };
    found[type] = { ...typesOf(rest), ...(snapshot && { snapshot: typesOf(snapshot) }) };
  }
  return found;
}
const typesOf = (object: object) =>
  Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value]),
  );

describe('the frames', () => {
  it("are those of the package's own inspector", () => {
    const file = new URL('../package.json', import.meta.resolve('@statelyai/inspect'));
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    expect(statelyVersion).toBe(version);
  });

  it('have the same fields of the same types as those of the package, for the same machine', async () => {
    const machine = probe().machine as AnyStateMachine;
    const theirs: Frame[] = [];
    await serving(
      (socket) => socket.on('message', (data: Buffer) => theirs.push(JSON.parse(data.toString()) as Frame)),
      async (url) => {
        const inspector = createWebSocketInspector({ url });
        const actor = createActor(machine, {
          input: { diary: { lines: [] }, afterMs: 1 },
          inspect: inspector.inspect,
        }).start();
        actor.send({ type: 'close' });
        await until(
          () => theirs.some(({ event }) => event?.type === 'close') && theirs.at(-1)!.type === '@xstate.snapshot',
        );
        actor.stop();
        inspector.stop();
      },
    );
    const w = world();
    w.spawn('');
    await w.rest();
    const { socket } = look(w);
    w.bus.tell(at(''), { type: 'close' });
    await w.rest();
    expect(shapes(socket.frames)).toEqual(shapes(theirs));
    const definition = (frames: readonly Frame[]) =>
      JSON.parse(frames.find((frame) => frame.definition)!.definition!) as object;
    expect(definition(socket.frames)).toEqual(definition(theirs));
  });

  it('define every machine of the house as the package does', async () => {
    const w = new ConsumeWorld();
    w.world.createTopic('t', 1);
    await w.store(0);
    const daemon = w.start('m');
    await daemon.subscribe();
    const kinds = new Set(daemon.bus.actors().map(({ kind }) => kind));
    expect(kinds.size).toBeGreaterThan(5);
    for (const kind of kinds) {
      const machine = daemon.bus.machineOf(kind)!;
      const definition = JSON.parse(definitionOf(machine)) as { id: string; states?: object };
      expect(definition.id).toBe(kind);
      expect(Object.keys(definition.states ?? {})).toEqual(Object.keys(machine.states));
    }
    await w.close();
  });
});
