import type { Context } from 'koa';

/** `GET /_ping`: this process listens and its event loop turns. */
export function ping(context: Context): void {
  context.type = 'text/plain; charset=utf-8';
  context.body = 'pong';
}
