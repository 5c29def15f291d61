import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PixyError } from '../../src/errors/pixy-error.js';
import { realHost } from '../../src/host/real-host.js';
import { viewersMax } from '../../src/inspector/hub.js';
import { startInspector, type Inspector, type InspectorOptions } from '../../src/inspector/inspector.js';
import type { InspectRecord, Recording, ServerFrame, ViewerFrame } from '../../src/inspector/protocol.js';
import { at, note, world as probes } from '../actors/bus/support.js';
import { eventually } from '../support/real-daemon.js';

const host = realHost();
const log = pino({ level: 'silent' });

let pageFolder = '';
const ending: (() => unknown)[] = [];

beforeEach(() => {
  pageFolder = mkdtempSync(join(tmpdir(), 'inspector-test-'));
  mkdirSync(join(pageFolder, 'charts'));
  for (const [name, text] of [
    ['index.html', '<title>page</title>'],
    ['page.js', 'script'],
    ['page.css', 'style'],
    ['notes.txt', 'not for everybody'],
    ['charts/probe.svg', '<svg/>'],
  ] as const)
    writeFileSync(join(pageFolder, name), text);
});

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
  rmSync(pageFolder, { recursive: true });
});

async function start(options: Partial<InspectorOptions> = {}) {
  const probe = probes({ host });
  probe.spawn('a');
  const inspector = await startInspector({
    address: '127.0.0.1:0',
    daemons: () => [{ bus: probe.bus, memberIds: {}, listens: () => [] }],
    clock: host.clock,
    log,
    command: 'kafka-pixy',
    product: 'kafka-pixy test',
    pageFolder,
    ...options,
  });
  ending.push(
    () => probe.bus.close(),
    () => inspector.close(1000),
  );
  return { inspector, ...probe, port: Number(inspector.address.split(':').at(-1)) };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body }));
    });
    sent.on('error', reject).end();
  });
}

/** A page, as far as the stream goes. */
class Viewer {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor({ address }: Inspector, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`ws://${address}/inspect/stream`, { headers });
    ending.push(() => this.socket.terminate());
    this.socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as ServerFrame));
    this.closed = new Promise((resolve) =>
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  say(frame: ViewerFrame): void {
    this.socket.send(JSON.stringify(frame));
  }

  get records(): InspectRecord[] {
    return this.frames.flatMap((frame) => (frame.type === 'records' ? frame.records : []));
  }

  until(what: string, condition: () => boolean): Promise<true> {
    return eventually(() => Promise.resolve(condition() || undefined), what);
  }

  /** Until it was told of everyone. */
  synced(): Promise<true> {
    return this.until('everyone was told of', () => this.records.some(({ type }) => type === 'synced'));
  }
}

/** What the server says instead of opening a stream. */
function refusal({ address }: Inspector, headers: Record<string, string>, path = '/inspect/stream'): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${address}${path}`, { headers });
    socket.on('unexpected-response', (sent, answer) => {
      sent.destroy();
      resolve(answer.statusCode!);
    });
    socket.on('open', () => reject(new Error('it was opened')));
    socket.on('error', () => {});
  });
}

describe('the page', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', '<title>page</title>'],
    ['/page.js', 'text/javascript; charset=utf-8', 'script'],
    ['/page.css', 'text/css; charset=utf-8', 'style'],
    ['/inspect/charts/probe.svg', 'image/svg+xml', '<svg/>'],
  ])('serves %s, allowed to ask nobody else', async (path, type, body) => {
    const { port } = await start();
    const answer = await ask(port, path);
    expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([200, type, body]);
    const policy = answer.headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('http');
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });

  it.each([
    '/nothing.js',
    '/notes.txt',
    '/..%2fpage.js',
    '/../../package.json',
    '/inspect/charts/nobody.svg',
    '/inspect/charts/../../../page.js',
    '/inspect/page.js',
    '/inspect/',
    '/charts/',
    '/%00.js',
  ])('has nothing at %s', async (path) => {
    const { port } = await start();
    const answer = await ask(port, path);
    expect([answer.status, answer.body]).toEqual([404, 'There is nothing here. The page is at /.\n']);
  });

  it('is only for reading', async () => {
    const { port } = await start();
    const answer = await ask(port, '/', {}, 'POST');
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect((await ask(port, '/', {}, 'HEAD')).status).toBe(200);
  });

  it('says how to build it where it was not built', async () => {
    const { port } = await start();
    rmSync(join(pageFolder, 'page.js'));
    const answer = await ask(port, '/');
    expect(answer.status).toBe(503);
    expect(answer.body).toContain('npm run build');
  });

  it('gives what the flight recorders hold, as a file', async () => {
    const { port } = await start();
    const { headers, body } = await ask(port, '/inspect/recording');
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(headers['content-disposition']).toMatch(
      new RegExp(`^attachment; filename="kafka-pixy-${port}-\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\d\\.json"$`),
    );
    const recording = JSON.parse(body) as Recording;
    expect(recording).toMatchObject({ format: 'kafka-pixy-recording', head: { product: 'kafka-pixy test' } });
    expect(recording.records.map(({ address }) => address)).toContain('a');
  });
});

describe('whom it answers', () => {
  it.each([
    ['127.0.0.1:0', ['127.0.0.1:PORT', 'localhost:PORT', 'LOCALHOST:PORT', '[::1]:PORT']],
    ['0.0.0.0:0', ['127.0.0.1:PORT', 'localhost:PORT', '192.0.2.7:PORT', '[2001:db8::1]:PORT']],
    ['localhost:0', ['127.0.0.1:PORT', 'localhost:PORT']],
  ])('served on %s, those who ask for %j', async (address, hosts) => {
    const { port } = await start({ address });
    for (const named of hosts) {
      const { status } = await ask(port, '/', { Host: named.replace('PORT', String(port)) });
      expect([named, status]).toEqual([named, 200]);
    }
  });

  it.each([
    ['127.0.0.1:0', ['evil.example:PORT', 'evil.example', '127.0.0.1', '127.0.0.1:1', '192.0.2.7:PORT', 'x@y']],
    ['0.0.0.0:0', ['evil.example:PORT', '127.0.0.1.evil.example:PORT', '192.0.2.7:1', '[::1', '1.2.3:PORT']],
  ])('served on %s, nobody who asks for %j', async (address, hosts) => {
    const { inspector, port } = await start({ address });
    for (const named of hosts) {
      const host = named.replace('PORT', String(port));
      for (const path of ['/', '/page.js', '/inspect/recording', '/nothing']) {
        const answer = await ask(port, path, { Host: host });
        expect([named, answer.status]).toEqual([named, 421]);
        expect(answer.body).toContain(`Open http://${address === '0.0.0.0:0' ? 'localhost' : '127.0.0.1'}:${port}/`);
      }
      expect(await refusal(inspector, { Host: host })).toBe(421);
    }
  });

  it('makes no recording for another web page, which could not read it but keep the daemon busy', async () => {
    const { port } = await start();
    const statusOf = async (headers: Record<string, string>) => (await ask(port, '/inspect/recording', headers)).status;
    for (const site of ['cross-site', 'same-site']) expect(await statusOf({ 'Sec-Fetch-Site': site })).toBe(403);
    for (const site of ['same-origin', 'none']) expect(await statusOf({ 'Sec-Fetch-Site': site })).toBe(200);
    expect(await statusOf({})).toBe(200);
  });

  it('opens a stream to its own page and to programs, and to no other page', async () => {
    const { inspector, port } = await start();
    await new Viewer(inspector, { Origin: `http://127.0.0.1:${port}` }).synced();
    await new Viewer(inspector).synced();
    for (const origin of ['https://evil.example', 'null', `https://127.0.0.1:${port}`, `http://localhost:${port}`])
      expect([origin, await refusal(inspector, { Origin: origin })]).toEqual([origin, 403]);
    expect(await refusal(inspector, {}, '/inspect/other')).toBe(404);
  });

  it('opens no stream to a page of another machine that is served on the same port', async () => {
    const { inspector, port } = await start({ address: '0.0.0.0:0' });
    const own = { ...inspector, address: `127.0.0.1:${port}` };
    expect(await refusal(own, { Origin: `http://192.0.2.7:${port}` })).toBe(403);
    await new Viewer(own, { Origin: `http://127.0.0.1:${port}` }).synced();
  });
});

describe('the stream', () => {
  it('tells who is there, then what happens', async () => {
    const { inspector, bus } = await start();
    const viewer = new Viewer(inspector);
    await viewer.synced();
    expect(viewer.frames[0]).toMatchObject({ type: 'head', product: 'kafka-pixy test' });
    bus.tell(at('a'), note('x'));
    bus.tell(at('a'), { type: 'close' });
    await viewer.until('it is closed', () => viewer.records.filter(({ type }) => type === 'state').length === 2);
    inspector.remark('that was all');
    await viewer.until('the remark comes', () => viewer.records.some(({ type }) => type === 'remark'));
    const told = viewer.records.map(({ type }) => type).filter((type) => type !== 'sample');
    expect(told).toEqual(['actor', 'synced', 'event', 'state', 'event', 'state', 'remark']);
    viewer.say({ type: 'look', address: 'a', reveal: false });
    await viewer.until('it is looked at', () => viewer.frames.some(({ type }) => type === 'looked'));
  });

  it('is for so many at a time, and says so to the next one', async () => {
    const { inspector } = await start();
    const viewers = Array.from({ length: viewersMax }, () => new Viewer(inspector));
    await Promise.all(viewers.map((viewer) => viewer.synced()));
    const oneTooMany = new Viewer(inspector);
    expect(await oneTooMany.closed).toEqual({ code: 1013, reason: expect.stringContaining('16 viewers') as string });
    viewers[0]!.socket.close();
    await viewers[0]!.closed;
    await eventually(async () => {
      const next = new Viewer(inspector);
      return (await Promise.race([next.synced(), next.closed])) === true ? true : undefined;
    }, 'there is a place again');
  });

  it.each([
    ['what is no JSON', 'look', 1008],
    ['what is unknown', JSON.stringify({ type: 'stop', address: 'a' }), 1008],
    ['more than belongs into it', JSON.stringify({ type: 'next', now: true }), 1008],
    ['an address that none can be', JSON.stringify({ type: 'look', address: '\ud800', reveal: true }), 1008],
    ['a group without a cluster', JSON.stringify({ type: 'watch-group', group: { group: 'g' } }), 1008],
    ['a frame that is too long', JSON.stringify({ type: 'list-groups', cluster: 'c'.repeat(5000) }), 1009],
    ['bytes', Buffer.from([1, 2, 3]), 1008],
  ])('ends with %s', async (_, frame, code) => {
    const { inspector } = await start();
    const [bad, good] = [new Viewer(inspector), new Viewer(inspector)];
    await Promise.all([bad.synced(), good.synced()]);
    bad.socket.send(frame);
    expect((await bad.closed).code).toBe(code);
    good.say({ type: 'watch-group', group: { cluster: 'nowhere', group: 'g' } });
    await good.until('the group is looked for', () => good.frames.some(({ type }) => type === 'unreadable-group'));
  });

  it('goes on for others while one does not read, which is told of everyone anew later', async () => {
    const { inspector } = await start();
    const [quick, stuck] = [new Viewer(inspector), new Viewer(inspector)];
    await Promise.all([quick.synced(), stuck.synced()]);
    stuck.socket.pause();
    // 20 MB: more than what the system keeps for a socket, and what the inspector keeps for a viewer.
    const remarksOf = (viewer: Viewer) => viewer.records.filter(({ type }) => type === 'remark').length;
    for (let round = 1; round <= 20; round++) {
      for (let number = 0; number < 10; number++) inspector.remark('x'.repeat(100_000));
      await quick.until('the quick one is told of it', () => remarksOf(quick) === 10 * round);
    }
    stuck.socket.resume();
    await stuck.until('it is told anew', () => {
      const types = stuck.records.map((record) => (record.type === 'gap' && record.resync ? 'anew' : record.type));
      return types.includes('anew') && types.lastIndexOf('synced') > types.indexOf('anew');
    });
    expect(remarksOf(stuck)).toBeLessThan(200);
  }, 60_000);
});

describe('an inspector that is closed', () => {
  it('says goodbye, and is gone', async () => {
    const { inspector, port } = await start();
    const viewer = new Viewer(inspector);
    await viewer.synced();
    const closing = inspector.close(1000);
    expect(inspector.close(1000)).toBe(closing);
    await closing;
    expect(await viewer.closed).toEqual({ code: 1001, reason: 'The daemon has ended.' });
    await expect(ask(port, '/')).rejects.toThrow('ECONNREFUSED');
  });

  it('waits no longer than it may for one that does not read', async () => {
    const { inspector } = await start();
    const viewer = new Viewer(inspector);
    await viewer.synced();
    viewer.socket.pause();
    await inspector.close(50);
    viewer.socket.resume();
    expect((await viewer.closed).code).not.toBe(1000);
  });
});

describe('an address that is taken', () => {
  it('is said in one line, with another one to use', async () => {
    const { inspector, port } = await start();
    const failed = start({ address: inspector.address });
    await expect(failed).rejects.toSatisfy((error) => error instanceof PixyError && error.code === 'address-taken');
    await expect(failed).rejects.toThrow(`use another address: kafka-pixy --inspect 127.0.0.1:${port + 1}`);
  });
});
