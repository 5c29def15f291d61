import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { virtualHost, type VirtualHost } from '../../src/host/virtual-host.js';
import { createZooKeeperAdapter } from '../../src/zookeeper/adapter/adapter.js';
import type { SessionEvent, ZooKeeperSession } from '../../src/zookeeper/port.js';
import { FakeServer } from './fake-server.js';

const CREATE = 1;
const EXISTS = 3;
const SET_WATCHES = 101;
const CLOSE_SESSION = -11;
const { timeoutMs } = FakeServer;

/** Sockets are real here and time is virtual: what passes over the loopback is waited for, what takes time is told to pass. */
describe('a session at a server that says odd things', () => {
  let server: FakeServer;
  let host: VirtualHost;
  let session: ZooKeeperSession | undefined;
  let events: SessionEvent[];

  beforeEach(async () => {
    server = await FakeServer.start();
    host = virtualHost();
    events = [];
  });
  afterEach(async () => {
    session?.abandon();
    session = undefined;
    await server.close();
  });

  const types = (): string[] => events.map(({ type }) => type).filter((type) => type !== 'answered');

  function open(options: { chroot?: string; servers?: string; onEvent?: (event: SessionEvent) => void } = {}) {
    const zookeeper = createZooKeeperAdapter({
      servers: options.servers ?? server.address,
      chroot: options.chroot ?? '',
      host,
      logger: pino({ level: 'silent' }),
      limits: { operationTimeoutMs: 1_000, pendingOperationsMax: 3 },
    });
    const onEvent = options.onEvent ?? ((event: SessionEvent) => void events.push(event));
    session = zookeeper.openSession({ timeoutMs, onEvent });
    return session;
  }

  const until = (condition: () => boolean): Promise<unknown> =>
    vi.waitUntil(condition, { timeout: 10_000, interval: 1 });
  /** Lets virtual time pass in small steps, and what it sets off on the loopback happen, until the condition holds. */
  const pass = async (condition: () => boolean, stepMs = 25): Promise<void> => {
    for (let steps = 0; !condition(); steps++) {
      if (steps === 5_000) throw new Error(`this did not come true in ${steps * stepMs} virtual ms: ${condition}`);
      await host.clock.runFor(stepMs);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  const connected = async (options: Parameters<typeof open>[0] = {}): Promise<ZooKeeperSession> => {
    const opened = open(options);
    await pass(() => types().at(-1) === 'connected');
    return opened;
  };
  const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

  it('tells nothing of a connection before the chroot is there', async () => {
    server.answer = ({ operation }) => (operation === CREATE ? null : {});
    open({ chroot: '/a/b' });
    await pass(() => server.requests.some(({ operation }) => operation === CREATE));
    expect(types()).toEqual([]);
    expect(session?.sessionId).toBe('');
    const create = server.requests.find(({ operation }) => operation === CREATE);
    expect(create?.path).toBe('/a/b');
  });

  it('tries again, with pauses, while the chroot is refused', async () => {
    server.answer = ({ operation }) => ({ error: operation === CREATE ? -102 : -101 });
    open({ chroot: '/a' });
    const startMs = host.clock.nowMs();
    await pass(() => server.connections >= 8, 5);
    // 0, then 25, 50, 100, 200 ms and so on, up to an eighth of the timeout.
    expect(host.clock.nowMs() - startMs).toBeGreaterThan(1_000);
    expect(types()).toEqual([]);
  });

  it('does not hammer a server that takes connections and drops them', async () => {
    server.greeting = 'silence';
    open();
    const startMs = host.clock.nowMs();
    await pass(() => {
      server.hangUp();
      return server.connections >= 8;
    }, 5);
    expect(host.clock.nowMs() - startMs).toBeGreaterThan(1_000);
    expect(types()).toEqual([]);
  });

  it('gives a server up that takes the connection and says nothing', async () => {
    server.greeting = 'silence';
    open();
    await pass(() => server.connections === 2, 100);
    expect(host.clock.nowMs()).toBeGreaterThanOrEqual((timeoutMs * 2) / 3);
    server.greeting = 'session';
    await pass(() => types().includes('connected'), 100);
  });

  it('goes on to the next server of the list', async () => {
    const silent = await FakeServer.start();
    silent.greeting = 'silence';
    try {
      open({ servers: `${silent.address},${server.address}` });
      await pass(() => types().includes('connected'), 100);
    } finally {
      session?.abandon();
      await silent.close();
    }
  });

  it('sends a heartbeat in each eighth of the timeout, one at a time', async () => {
    await connected();
    const beats = (): number => server.requests.filter(({ operation }) => operation === EXISTS).length;
    await until(() => beats() === 1 && events.some(({ type }) => type === 'answered'));
    for (let nth = 2; nth <= 5; nth++) {
      await host.clock.runFor(timeoutMs / 8);
      await until(() => events.filter(({ type }) => type === 'answered').length === nth);
      expect(beats()).toBe(nth);
    }
    server.answer = () => null;
    await host.clock.runFor(timeoutMs / 2);
    await until(() => beats() === 6);
    expect(beats()).toBe(6);
  });

  it('says of an answer when its request was sent, not when it came', async () => {
    const asked = await connected();
    await until(() => events.some(({ type }) => type === 'answered'));
    const before = events.length;
    let release: () => void = () => {};
    server.answer = ({ xid, path }) => {
      if (path !== '/n') return {};
      release = () => server.say(replyOf(xid));
      return null;
    };
    const sentAtMs = host.clock.nowMs();
    const answer = asked.exists('/n');
    await until(() => server.requests.some(({ path }) => path === '/n'));
    await host.clock.runFor(200);
    release();
    expect(await answer).toBeNull();
    expect(events.slice(before)).toContainEqual({ type: 'answered', sentAtMs });
  });

  it('drops a silent connection after two thirds of the timeout, and goes on with the session when a server speaks', async () => {
    const { sessionId } = await connected();
    await until(() => events.some(({ type }) => type === 'answered'));
    const answers = server.answer;
    server.answer = () => null;
    server.greeting = 'silence';
    const heardAtMs = host.clock.nowMs();
    await pass(() => types().at(-1) === 'disconnected');
    expect(host.clock.nowMs() - heardAtMs).toBeGreaterThanOrEqual((timeoutMs * 2) / 3);
    expect(host.clock.nowMs() - heardAtMs).toBeLessThan(timeoutMs);
    await host.clock.runFor(10 * timeoutMs);
    expect(types().at(-1)).toBe('disconnected');
    server.answer = answers;
    server.greeting = 'session';
    await pass(() => types().includes('connected', types().indexOf('disconnected')));
    expect(
      events.filter(({ type }) => type === 'connected').map((event) => 'sessionId' in event && event.sessionId),
    ).toEqual([sessionId, sessionId]);
  });

  it('ends when the server says on reconnecting that it expired', async () => {
    const asked = await connected();
    server.greeting = 'expired';
    server.hangUp();
    await until(() => types().includes('disconnected'));
    const open = outcome(asked.exists('/n'));
    await pass(() => types().at(-1) === 'ended');
    expect(types()).toEqual(['connected', 'disconnected', 'ended']);
    expect(await open).toMatchObject({ kind: 'session-ended' });
    const { connections } = server;
    await host.clock.runFor(10 * timeoutMs);
    expect(server.connections).toBe(connections);
  });

  it('fails an operation alone whose error code is newer than the client', async () => {
    const asked = await connected();
    server.answer = ({ path }) => ({ error: path === '/quota' ? -125 : -101 });
    const [quota, after] = await Promise.all([outcome(asked.exists('/quota')), asked.exists('/n')]);
    expect(quota).toMatchObject({ kind: 'other', path: '/quota', message: expect.stringContaining('-125') });
    expect(after).toBeNull();
    expect(types()).toEqual(['connected']);
  });

  it.each([
    ['no request of ours', replyOf(4_711)],
    ['half a header', Buffer.from([0, 0])],
    ['a notification of no known kind', Buffer.concat([Buffer.from('ffffffff', 'hex'), Buffer.alloc(16, 9)])],
  ])('lives through an answer that is %s', async (_what, content) => {
    const asked = await connected();
    await until(() => events.some(({ type }) => type === 'answered'));
    server.say(content);
    await pass(() => types().length === 3);
    expect(types()).toEqual(['connected', 'disconnected', 'connected']);
    expect(await asked.exists('/n')).toBeNull();
  });

  it('goes on with heartbeats when one was answered out of turn', async () => {
    server.answer = () => null;
    await connected();
    await until(() => server.requests.length === 1);
    // The client takes the request that it believes answered off its list, sees the wrong number, and forgets it.
    server.say(replyOf(4_711));
    server.answer = () => ({});
    await pass(() => events.some(({ type }) => type === 'answered'));
    expect(types()).toEqual(['connected', 'disconnected', 'connected']);
  });

  it('comes back quickly when a connection is lost that had proved useful', async () => {
    server.greeting = 'silence';
    open();
    await pass(() => {
      server.hangUp();
      return server.connections >= 8;
    });
    server.greeting = 'session';
    server.hangUp();
    await pass(() => types().at(-1) === 'connected');
    server.hangUp();
    await until(() => types().at(-1) === 'disconnected');
    const lostAtMs = host.clock.nowMs();
    await pass(() => types().at(-1) === 'connected', 5);
    // Without the reset the pause would be an eighth of the timeout.
    expect(host.clock.nowMs() - lostAtMs).toBeLessThan(timeoutMs / 8);
  });

  it('does not put half a frame of a lost connection before the next one', async () => {
    const asked = await connected();
    for (const socket of server.sockets) socket.write(Buffer.from([0, 0, 1]));
    await host.clock.settle();
    server.hangUp();
    await pass(() => types().length === 3);
    expect(types()).toEqual(['connected', 'disconnected', 'connected']);
    expect(await asked.exists('/n')).toBeNull();
  });

  it('asks for its watches once, however often connecting failed', async () => {
    const asked = await connected();
    await asked.exists('/n', () => {});
    server.greeting = 'silence';
    server.hangUp();
    const { connections } = server;
    await pass(() => {
      server.hangUp();
      return server.connections >= connections + 4;
    });
    server.greeting = 'session';
    await pass(() => types().at(-1) === 'connected');
    expect(await asked.exists('/n')).toBeNull();
    expect(server.requests.filter(({ operation }) => operation === SET_WATCHES)).toHaveLength(1);
  });

  it('fails what is not answered in time, and leaves no watch when the answer comes late', async () => {
    const asked = await connected();
    await until(() => events.some(({ type }) => type === 'answered'));
    // A server answers in order: what comes after the slow one waits too.
    const held: number[] = [];
    server.answer = ({ xid, path }) => {
      if (path !== '/n' && held.length === 0) return {};
      held.push(xid);
      return null;
    };
    const seen: unknown[] = [];
    const slow = outcome(asked.exists('/n', (event) => seen.push(event)));
    await until(() => held.length > 0);
    await host.clock.runFor(1_000);
    expect(await slow).toMatchObject({ kind: 'operation-timeout', path: '/n' });
    server.answer = () => ({});
    for (const xid of held) server.say(replyOf(xid));
    server.say(created('/n'));
    expect(await asked.exists('/m')).toBeNull();
    await host.clock.settle();
    expect(seen).toEqual([]);
  });

  it('never sends an operation that was given up while there was no connection', async () => {
    server.greeting = 'silence';
    const asked = open();
    const given = outcome(asked.exists('/n'));
    await host.clock.runFor(1_000);
    expect(await given).toMatchObject({ kind: 'operation-timeout', message: expect.stringContaining('not begun') });
    server.greeting = 'session';
    server.hangUp();
    await pass(() => types().includes('connected'));
    expect(await asked.exists('/m')).toBeNull();
    expect(server.requests.map(({ path }) => path)).not.toContain('/n');
  });

  it('says why there is no connection', async () => {
    const { address } = server;
    await server.close();
    const asked = open({ servers: address });
    const given = outcome(asked.exists('/n'));
    await pass(() => host.clock.nowMs() >= 1_000);
    expect(await given).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
    server = await FakeServer.start();
  });

  it('refuses operations beyond its limit at once', async () => {
    const asked = await connected();
    server.answer = () => null;
    const open = [1, 2, 3].map(() => outcome(asked.exists('/n')));
    expect(await outcome(asked.exists('/n'))).toMatchObject({ kind: 'other', message: expect.stringContaining('3') });
    asked.abandon();
    for (const result of await Promise.all(open)) expect(result).toMatchObject({ kind: 'session-ended' });
  });

  it('refuses data that the client does not take', async () => {
    const asked = await connected();
    const result = await outcome(asked.setData('/n', 'x'.repeat(1_048_577)));
    expect(result).toMatchObject({ kind: 'other', message: expect.stringContaining('1048576') });
  });

  it('watches a node once by one function, and again after it was called', async () => {
    const asked = await connected();
    const seen: unknown[] = [];
    const watch = (event: unknown): void => void seen.push(event);
    for (let i = 0; i < 20; i++) await asked.exists('/n', watch);
    server.say(created('/n'));
    await until(() => seen.length > 0);
    await asked.exists('/n', watch);
    server.say(created('/n'));
    await until(() => seen.length > 1);
    expect(seen).toEqual(Array.from({ length: 2 }, () => ({ type: 'created', path: '/n' })));
  });

  it('closes in bounded time at a server that does not answer', async () => {
    const asked = await connected();
    await until(() => events.some(({ type }) => type === 'answered'));
    server.answer = () => null;
    let isClosed = false;
    const closed = asked.close().then(() => (isClosed = true));
    await until(() => server.requests.some(({ operation }) => operation === CLOSE_SESSION));
    await host.clock.runFor(999);
    expect([isClosed, types()]).toEqual([false, ['connected']]);
    await host.clock.runFor(1);
    await closed;
    expect(types()).toEqual(['connected', 'ended']);
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('takes what comes after the close', async () => {
    const asked = await connected();
    asked.abandon();
    server.say(replyOf(0));
    server.say(created('/n'));
    await asked.close();
    expect(types()).toEqual(['connected', 'ended']);
    expect(host.clock.pendingTimers).toBe(0);
    await until(() => server.sockets.size === 0);
  });

  it('may be abandoned out of each of its events', async () => {
    for (const when of ['connected', 'answered', 'disconnected'] as const) {
      const seen: string[] = [];
      const opened = open({
        onEvent: ({ type }) => {
          seen.push(type);
          if (type === when) opened.abandon();
          if (type === 'connected' && when === 'disconnected') server.hangUp();
        },
      });
      await pass(() => seen.at(-1) === 'ended');
      expect(seen.filter((type) => type === 'ended')).toHaveLength(1);
      expect(seen.at(-2)).toBe(when);
      expect(host.clock.pendingTimers).toBe(0);
    }
  });

  it('goes on when its listener throws', async () => {
    const seen: string[] = [];
    const asked = open({
      onEvent: ({ type }) => {
        seen.push(type);
        throw new Error('the listener of a test throws');
      },
    });
    await pass(() => seen.includes('connected'));
    expect(await asked.exists('/n')).toBeNull();
    await asked.close();
    expect(seen.at(-1)).toBe('ended');
  });
});

function replyOf(xid: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32BE(xid, 0);
  header.writeInt32BE(-101, 12);
  return header;
}

/** A notification that the node was created, as the server sends it to a watch. */
function created(path: string): Buffer {
  const header = Buffer.alloc(28);
  header.writeInt32BE(-1, 0);
  header.writeInt32BE(1, 16);
  header.writeInt32BE(3, 20);
  header.writeInt32BE(Buffer.byteLength(path), 24);
  return Buffer.concat([header, Buffer.from(path)]);
}
