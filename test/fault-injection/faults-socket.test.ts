import { once } from 'node:events';
import { existsSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { openFaultsSocket, type FaultsSocket } from '../../src/fault-injection/faults-socket.js';
import { at, note, probe, Diary, world } from '../actors/bus/support.js';
import { ask, folders, inject } from './support.js';

const folder = folders();
const open: FaultsSocket[] = [];
afterEach(() => Promise.all(open.splice(0).map((socket) => socket.close())));

/** A socket on a bus whose clock only moves when a test says so, and the lines of its log. */
async function start(path = join(folder(), 'faults.sock')) {
  const inside = world({ faultsAllowed: true });
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const socket = await openFaultsSocket({ path, bus: inside.bus, log, command: 'run' });
  open.push(socket);
  return { ...inside, path, lines, socket };
}

describe('GET /actors', () => {
  it('is a table for a person', async () => {
    const { path, spawn, rest } = await start();
    spawn('b/second');
    spawn('b');
    await rest();
    const { status, headers, text } = await ask(path, 'GET', '/actors', { headers: { Accept: '*/*' } });
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/plain; charset=utf-8' });
    expect(text).toBe('ADDRESS   KIND   STATE\nb         probe  open\nb/second  probe  open\n');
  });

  it('shows the root as it is written', async () => {
    const { path, bus, rest } = await start();
    bus.spawn(probe(), at(''), new Diary());
    await rest();
    expect((await ask(path, 'GET', '/actors')).text).toContain('\n""       probe  open\n');
  });

  it('is JSON for who asks for it', async () => {
    const { path, spawn, host, bus } = await start();
    spawn('a');
    await host.clock.runFor(1);
    bus.injectFault(at('a'), { kind: 'crash' });
    await host.clock.runFor(150);
    const { headers, text } = await ask(path, 'GET', '/actors', { headers: { Accept: 'application/json' } });
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', vary: 'Accept' });
    expect(JSON.parse(text)).toEqual([{ address: 'a', kind: 'probe', state: 'open', restarts: 1 }]);
  });
});

describe('POST /faults', () => {
  it('crashes whom it names, who is restarted', async () => {
    const { path, spawn, host, lines } = await start();
    const [a, b] = [spawn('a'), spawn('b')];
    await host.clock.runFor(1);
    expect(await inject(path, { address: 'a', fault: 'crash' })).toEqual({
      status: 200,
      body: { struck: ['a'], spared: [] },
    });
    await host.clock.runFor(150);
    expect(a.ends).toMatchObject([{ how: 'crashed', willRestart: true }]);
    expect([a.shells.length, b.shells.length]).toEqual([2, 1]);
    expect(lines.at(-1)).toMatchObject({
      pattern: 'a',
      fault: { kind: 'crash' },
      struck: 1,
      msg: 'a fault was injected',
    });
  });

  it('strikes all that a pattern means, and says which', async () => {
    const { path, spawn, rest, host } = await start();
    const slowed = ['g/p/1', 'g/p/2', 'h/p/1'].map((address) => spawn(address));
    await rest();
    const fault = { address: '*/p/1', fault: 'slow', forMs: 200 };
    expect((await inject(path, fault)).body).toEqual({ struck: ['g/p/1', 'h/p/1'], spared: [] });
    slowed.forEach((diary, nth) => diary.shell.tell(diary.shell.address, note(String(nth))));
    await host.clock.runFor(199);
    expect(slowed.map(({ lines }) => lines)).toEqual([[], ['1'], []]);
    await host.clock.runFor(1);
    expect(slowed.map(({ lines }) => lines)).toEqual([['0'], ['1'], ['2']]);
  });

  it('fills mailboxes', async () => {
    const { path, spawn, rest, host, ask: askActor } = await start();
    spawn('a', { body: () => ({ serve: (asked) => asked.reply('here') }) });
    await rest();
    await inject(path, { address: 'a', fault: 'mailbox-full', forMs: 300 });
    expect(await askActor('a')).toMatchObject({ kind: 'refused', error: { code: 'mailbox-full' } });
    await host.clock.runFor(300);
    expect(await askActor('a')).toEqual({ kind: 'reply', value: 'here' });
  });

  it('tells whom it could not strike: who is restarted cannot crash, but be slow when it is back', async () => {
    const { path, spawn, host } = await start();
    const a = spawn('a');
    spawn('b');
    await host.clock.runFor(1);
    await inject(path, { address: 'a', fault: 'crash' });
    await host.clock.runFor(1);
    expect((await inject(path, { address: '*', fault: 'crash' })).body).toEqual({ struck: ['b'], spared: ['a'] });
    const slow = { address: 'a', fault: 'slow', forMs: 500 };
    expect((await inject(path, slow)).body).toEqual({ struck: ['a'], spared: [] });
    await host.clock.runFor(400);
    a.shell.tell(a.shell.address, note('x'));
    await host.clock.runFor(99);
    expect([a.shells.length, a.lines]).toEqual([2, []]);
    await host.clock.runFor(1);
    expect(a.lines).toEqual(['x']);
  });

  it('strikes nobody where it would be too many, or none', async () => {
    const { path, spawn, rest } = await start();
    const diaries = Array.from({ length: 1001 }, (_, nth) => spawn(`many/${nth}`));
    await rest();
    expect(await inject(path, { address: 'many/*', fault: 'crash' })).toEqual({
      status: 400,
      body: {
        code: 'bad-request',
        error: 'bad request: "many/*" means 1001 actors, of which 1000 at most can be struck at a time; nobody was',
      },
    });
    expect(await inject(path, { address: 'few/*', fault: 'crash' })).toEqual({
      status: 404,
      body: { code: 'no-actor-matches', error: 'no actor of this daemon has the address "few/*"' },
    });
    await rest();
    expect(diaries.flatMap(({ ends }) => ends)).toEqual([]);
  });

  it('refuses what is too long or no fault, and goes on', async () => {
    const { path } = await start();
    const long = await ask(path, 'POST', '/faults', { body: 'x'.repeat(40_000) });
    expect([long.status, JSON.parse(long.text)]).toMatchObject([400, { code: 'body-too-large' }]);
    expect(await inject(path, { address: 'a', fault: 'kill' })).toMatchObject({
      status: 400,
      body: { error: 'bad request: "fault" is one of "crash", "slow" and "mailbox-full"' },
    });
    const cut = connect(path);
    await once(cut, 'connect');
    cut.end('POST /faults HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"address"');
    await once(cut.resume(), 'close');
    expect((await ask(path, 'GET', '/actors')).status).toBe(200);
  });
});

describe('any other request', () => {
  it('is told what there is', async () => {
    const { path } = await start();
    const elsewhere = await ask(path, 'GET', '/toString');
    expect([elsewhere.status, JSON.parse(elsewhere.text)]).toMatchObject([404, { code: 'unknown-path' }]);
    const wrong = await ask(path, 'GET', '/faults');
    expect(wrong).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(JSON.parse(wrong.text).error).toBe('method GET is not allowed here, allowed: POST');
  });
});

describe('the socket', () => {
  it('is for this user alone, and the log warns of it', async () => {
    const usual = process.umask(0);
    try {
      const { path, lines } = await start();
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(process.umask()).toBe(0);
      expect(lines).toMatchObject([{ level: 40, socket: path, msg: expect.stringMatching(/^faults are allowed: /) }]);
    } finally {
      process.umask(usual);
    }
  });

  it('goes when it is closed, whoever is connected', async () => {
    const { path, socket } = await start();
    const client = connect(path);
    await once(client, 'connect');
    client.write('POST /faults HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
    const gone = new Promise((resolve) =>
      client
        .resume()
        .on('error', () => {})
        .on('close', resolve),
    );
    expect(socket.close()).toBe(socket.close());
    await Promise.all([socket.close(), gone]);
    expect(existsSync(path)).toBe(false);
  });

  it('takes the place of one that a killed daemon left, and of nothing else', async () => {
    const place = folder();
    const stale = join(place, 'stale');
    const server = createServer().listen(`${stale}.live`);
    await once(server, 'listening');
    renameSync(`${stale}.live`, stale);
    await new Promise((resolve) => server.close(resolve));
    const { path } = await start(stale);
    expect((await ask(path, 'GET', '/actors')).status).toBe(200);
    await expect(start(stale)).rejects.toThrow(
      `${stale} is taken by another program; use another address: run --allowFaults ${stale}.2`,
    );
    const file = join(place, 'file');
    writeFileSync(file, 'precious');
    await expect(start(file)).rejects.toMatchObject({ code: 'address-taken' });
    await expect(start(join(place, 'missing', 's'))).rejects.toMatchObject({ code: 'cannot-listen' });
    expect(readdirSync(place).sort()).toEqual(['file', 'stale']);
  });
});
