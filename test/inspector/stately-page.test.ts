import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { realHost } from '../../src/host/real-host.js';
import { startInspector } from '../../src/inspector/inspector.js';
import { statelyFiles } from '../../src/inspector/stately-page.js';
import { world as probes } from '../actors/bus/support.js';
import { eventually } from '../support/real-daemon.js';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

async function start() {
  const host = realHost();
  const probe = probes({ host });
  probe.spawn('a');
  const inspector = await startInspector({
    address: '127.0.0.1:0',
    daemons: () => [{ bus: probe.bus, memberIds: {}, listens: () => [] }],
    clock: host.clock,
    log: pino({ level: 'silent' }),
    command: 'kafka-pixy',
    product: 'kafka-pixy test',
  });
  ending.push(
    () => inspector.close(1000),
    () => probe.bus.close(),
  );
  return inspector.address;
}

const text = (path: string): string => statelyFiles.get(path)!.text;

describe('the page for stately.ai', () => {
  it('is served with its parts, and may load the frame of stately.ai and nothing else from elsewhere', async () => {
    const address = await start();
    const types = { html: 'text/html', js: 'text/javascript', css: 'text/css' };
    for (const [path, { type, text }] of statelyFiles) {
      const answer = await fetch(`http://${address}${path}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain(types[type]);
      expect(await answer.text()).toBe(text);
      const policy = answer.headers.get('content-security-policy')!.split('; ');
      expect(policy).toContain("default-src 'none'");
      expect(policy.filter((directive) => directive.includes('https:'))).toEqual(['frame-src https://stately.ai']);
      expect(policy.join()).not.toContain('unsafe');
    }
  });

  it('loads nothing before it is asked to, and says so', () => {
    const html = text('/inspect/stately');
    expect(html).toContain('the only page');
    expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).toEqual([
      '/inspect/stately.css',
      '/inspect/stately.js',
      '/',
    ]);
    expect(text('/inspect/stately.css')).not.toMatch(/url\(|@import/);
  });

  it('is fed by a stream beside it that the receiver of the package understands', async () => {
    const address = await start();
    const received: StatelyInspectionEvent[] = [];
    createWebSocketReceiver({ server: `ws://${address}/inspect/stately` }).subscribe((event) => received.push(event));
    await eventually(async () => received[1], 'the actor is told of');
    expect(received.map(({ type, sessionId }) => `${type} ${sessionId}`)).toEqual([
      '@xstate.actor a',
      '@xstate.snapshot a',
    ]);
  });
});
