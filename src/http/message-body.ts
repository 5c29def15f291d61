import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { PixyError } from '../errors/pixy-error.js';
import type { HttpEnvironment } from './environment.js';
import { bodyOf, formParameters, isForm } from './form.js';
import { Parameters } from './parameters.js';

/** A message's value and the parameters beside it. */
export interface MessageBody {
  readonly value: Buffer;
  readonly parameters: Parameters;
}

/**
 * Reads what is to be produced: the body as it is, or the field `msg` of a form.
 *
 * @throws PixyError `unsupported-content-type`, `missing-content-length`, `empty-message`, and as `readBody`
 */
export async function readMessage(context: Context, environment: HttpEnvironment): Promise<MessageBody> {
  if (isForm(context)) {
    const parameters = formParameters(context, await bodyOf(context, environment));
    const value = parameters.first('msg');
    if (value === undefined || value.length === 0) throw new PixyError('empty-message', {});
    return { value, parameters };
  }
  const parameters = new Parameters(context.querystring);
  checkMessageHead(context.req);
  return { value: await bodyOf(context, environment), parameters };
}

/** What may be said of the body before it is read. @throws PixyError */
function checkMessageHead(req: IncomingMessage): void {
  const contentType = req.headers['content-type'] ?? '';
  if (!isMessageType(contentType)) throw new PixyError('unsupported-content-type', { contentType });
  // The original asks for a length always. A chunked body says where it ends as well.
  if (req.headers['transfer-encoding'] === undefined && req.headers['content-length'] === undefined) {
    throw new PixyError('missing-content-length', {});
  }
}

/** More than the original takes: any parameter, any case, and octet-stream, which clients send where nobody says anything. */
function isMessageType(contentType: string): boolean {
  return /^(?:text\/plain|application\/octet-stream|application\/(?:[^\s/;]*\+)?json)\s*(?:;.*)?$/i.test(contentType);
}
