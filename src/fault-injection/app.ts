import Koa from 'koa';
import type { Logger } from 'pino';
import type { ActorInfo, Bus } from '../actors/bus/types.js';
import { PixyError } from '../errors/pixy-error.js';
import { readText } from './body.js';
import { parseFaultRequest } from './fault-request.js';
import { strike } from './strike.js';

/** An address may be as long as a path of the API, percent-encoded. */
const bodyBytesMax = 32_768;

interface AppOptions {
  readonly bus: Bus;
  readonly log: Logger;
}

type Handler = (context: Koa.Context, options: AppOptions) => void | Promise<void>;

const routes: Readonly<Record<string, { readonly method: string; readonly handle: Handler }>> = {
  '/actors': { method: 'GET', handle: listActors },
  '/faults': { method: 'POST', handle: injectFaults },
};

/** Shows who lives, and has faults happen to them: for chaos scripts, and for a person with curl. */
export function createFaultsApp(options: AppOptions): Koa {
  const { log } = options;
  const app = new Koa();
  app.on('error', (error: unknown) => log.debug({ err: error }, 'an answer about faults could not be written'));
  app.use(async (context) => {
    try {
      const route = Object.hasOwn(routes, context.path) ? routes[context.path]! : undefined;
      if (!route) throw new PixyError('unknown-path', {});
      const { method, handle } = route;
      if (context.method !== method) {
        context.set('Allow', method);
        throw new PixyError('wrong-method', { method: context.method, allowed: method });
      }
      await handle(context, options);
    } catch (error) {
      const known = error instanceof PixyError && error.status !== null ? error : new PixyError('internal', {});
      if (known.code === 'internal') log.error({ err: error, path: context.path }, 'a fault could not be injected');
      answerJson(context, { error: known.message, code: known.code });
      context.status = known.status!;
    }
  });
  return app;
}

/** Text for a person, JSON for who asks for it. */
function listActors(context: Koa.Context, { bus }: AppOptions): void {
  const actors = [...bus.actors()].sort((a, b) => (a.address < b.address ? -1 : 1));
  context.vary('Accept');
  if (context.accepts('text/plain', 'application/json') === 'application/json') {
    answerJson(
      context,
      actors.map(({ address, kind, value, restarts }) => ({ address, kind, state: value, restarts })),
    );
    return;
  }
  context.type = 'text/plain; charset=utf-8';
  context.body = tableOf([['ADDRESS', 'KIND', 'STATE'], ...actors.map(rowOf)]);
}

function rowOf({ address, kind, value }: ActorInfo): [string, string, string] {
  // The root's address as it has to be written, instead of nothing that nobody sees.
  return [address || '""', kind, typeof value === 'string' ? value : JSON.stringify(value)];
}

function tableOf(rows: readonly (readonly [string, string, string])[]): string {
  const widthOf = (column: 0 | 1) => rows.reduce((width, row) => Math.max(width, row[column].length), 0);
  const [first, second] = [widthOf(0), widthOf(1)];
  return rows.map(([a, b, c]) => `${a.padEnd(first)}  ${b.padEnd(second)}  ${c}\n`).join('');
}

async function injectFaults(context: Koa.Context, { bus, log }: AppOptions): Promise<void> {
  const { address, fault } = parseFaultRequest(await readText(context.req, bodyBytesMax));
  const { struck, spared } = strike(bus, address, fault);
  log.warn({ pattern: address, fault, struck: struck.length, spared: spared.length }, 'a fault was injected');
  answerJson(context, { struck, spared });
}

function answerJson(context: Koa.Context, value: unknown): void {
  context.type = 'application/json';
  context.body = `${JSON.stringify(value, null, 2)}\n`;
}
