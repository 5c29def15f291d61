import type { Context } from 'koa';

/** Sends the answer itself: Koa's setters go through so many layers that they cost as much as the rest of a handler. */
export function answerJson(context: Context, json: string): void {
  context.respond = false;
  // Without a charset, which the original does not send.
  context.res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(json) });
  context.res.end(json);
}
