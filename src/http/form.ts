import type { Context } from 'koa';
import { readBody } from './body.js';
import type { HttpEnvironment } from './environment.js';
import { Parameters } from './parameters.js';

/** More than the original takes, which knows the bare name only: any parameter, any case. */
export function isForm({ headers }: Pick<Context, 'headers'>): boolean {
  return /^application\/x-www-form-urlencoded\s*(?:;.*)?$/i.test(headers['content-type'] ?? '');
}

/** The form's values come before those of the query. @throws PixyError `bad-request` */
export function formParameters(context: Context, body: Buffer): Parameters {
  return new Parameters(body.toString('latin1'), context.querystring);
}

/** Reads the whole body. @throws as `readBody` */
export function bodyOf({ req, res }: Context, { config, budget }: HttpEnvironment): Promise<Buffer> {
  return readBody(req, res, { maxBodyBytes: config.http.maxBodyBytes, budget });
}
