import { Readable } from 'node:stream';
import Koa from 'koa';
import type { Logger } from 'pino';
import type { TcpAddress } from '../config/config.js';
import type { ServeAsset } from './assets.js';
import { isOwnHost, isOwnPage, pageUrl } from './host-check.js';
import type { Recording } from './protocol.js';
import { recordingText } from './recording.js';
import { statelyFiles, statelyPolicy } from './stately-page.js';

export interface AppOptions {
  readonly serveAsset: ServeAsset;
  readonly record: () => Recording;
  /** Where it is served, once it is. */
  readonly listening: () => TcpAddress;
  readonly log: Logger;
}

/** What it says to those whom it does not answer. */
export function wrongHostText(listening: TcpAddress): string {
  return (
    `The inspector answers only requests for its own address, so that no other web page can read it through your browser. ` +
    `Open ${pageUrl(listening)}; or start the daemon with --inspect and the address by which you reach it, port included.\n`
  );
}

const otherPageText =
  'Another web page may not have recordings made. Open this address by itself, or use the button of the page.\n';

const headers = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** The page, its parts, and the recording. Everything is for reading. */
export function createInspectorApp(options: AppOptions): Koa {
  const { serveAsset, listening, log } = options;
  const app = new Koa();
  app.on('error', (error: unknown) => log.debug({ err: error }, 'an answer of the inspector could not be written'));
  app.use(async (context, next) => {
    context.set(headers);
    if (!isOwnHost(context.headers.host, listening())) return refuse(context, 421, wrongHostText(listening()));
    if (context.method !== 'GET' && context.method !== 'HEAD') {
      context.set('Allow', 'GET, HEAD');
      return refuse(context, 405, 'The inspector only shows: use GET.\n');
    }
    return next();
  });
  app.use(async (context) => {
    const { path } = context;
    if (path === '/inspect/recording') {
      if (!isOwnPage(context.get('Sec-Fetch-Site'))) return refuse(context, 403, otherPageText);
      return serveRecording(context, options);
    }
    if (statelyFiles.has(path)) return serveStately(context, path);
    const asset = path === '/' ? 'index.html' : path.replace(/^\/(?:inspect\/(?=charts\/))?/, '');
    if (!(await serveAsset(context, asset))) refuse(context, 404, `There is nothing here. The page is at /.\n`);
  });
  return app;
}

function serveRecording(context: Koa.Context, { record, listening }: AppOptions): void {
  const recording = record();
  // eslint-disable-next-line no-restricted-globals -- writes down a time that was given; no clock is read
  const at = new Date(recording.head.wallAtZeroMs + (recording.records.at(-1)?.atMs ?? 0)).toISOString();
  const name = `kafka-pixy-${listening().port}-${at.replace(/\.\d+Z$/, '').replaceAll(':', '-')}.json`;
  context.set('Content-Disposition', `attachment; filename="${name}"`);
  context.type = 'application/json';
  context.body = Readable.from(recordingText(recording), { objectMode: false });
}

function serveStately(context: Koa.Context, path: string): void {
  const { type, text } = statelyFiles.get(path)!;
  context.set('Content-Security-Policy', statelyPolicy);
  context.type = type;
  context.body = text;
}

function refuse(context: Koa.Context, status: number, text: string): void {
  context.status = status;
  context.type = 'text/plain; charset=utf-8';
  context.body = text;
}
