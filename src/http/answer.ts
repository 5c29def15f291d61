import type { Context } from 'koa';
import type { Outcome } from '../actors/bus/types.js';
import { PixyError } from '../errors/pixy-error.js';
import { ClientGone } from './errors.js';

/** The reply of an ask; every other outcome is thrown. `late` makes the error of a deadline. */
export function replyOf<R>(
  outcome: Outcome<R>,
  late: (reason: string | undefined) => PixyError = () => new PixyError('deadline-passed', {}),
): R {
  switch (outcome.kind) {
    case 'reply':
      return outcome.value;
    case 'refused':
      throw outcome.error;
    case 'deadline':
      throw late(outcome.reason);
    case 'cancelled':
      throw new ClientGone();
  }
}

/** Sends the answer itself: Koa's setters go through so many layers that they cost as much as the rest of a handler. */
export function answerJson(context: Context, json: string): void {
  context.respond = false;
  // Without a charset, which the original does not send.
  context.res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(json) });
  context.res.end(json);
}
