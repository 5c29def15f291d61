import type { Context, Middleware, Next } from 'koa';
import type { Logger } from 'pino';
import { ClientGone, WaitedInVain } from '../actors/outcomes.js';
import { PixyError } from '../errors/pixy-error.js';
import { renderJson } from './json.js';

export const errorHeader = 'X-Pixy-Error';
export const reasonHeader = 'X-Pixy-Reason';

/** The one place where an error becomes an answer. Whatever is not in the table is logged and answered as `internal`. */
export function errorRenderer(log: Logger): Middleware {
  return async (context: Context, next: Next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof ClientGone) {
        context.respond = false;
        context.res.destroy();
      } else if (error instanceof PixyError && error.status !== null) {
        renderError(context, error);
      } else {
        log.error({ err: error, method: context.method, path: context.path }, 'a request failed for an inner defect');
        renderError(context, new PixyError('internal', {}, { cause: error }));
      }
    }
  };
}

function renderError(context: Context, error: PixyError): void {
  context.remove('Content-Type');
  if (error.code === 'wrong-method') {
    context.body = null;
    context.length = 0;
  } else if (error.code === 'unknown-path') {
    context.type = 'text/plain; charset=utf-8';
    context.body = `${error.message}\n`;
  } else {
    context.set('Content-Type', 'application/json');
    context.body = renderJson({ error: error.message });
  }
  context.status = error.status!;
  context.set(errorHeader, error.code);
  if (error instanceof WaitedInVain) context.set(reasonHeader, error.reason);
  else if (error.code === 'poll-timeout') context.set(reasonHeader, 'no-message');
  if (error.retryAfterSeconds !== undefined) context.set('Retry-After', String(error.retryAfterSeconds));
  // The client was never told to go on with its body, so what comes next on this connection cannot be told apart from it.
  if (context.headers.expect && !context.req.complete) context.set('Connection', 'close');
}
