import type { Context } from 'koa';
import { Remembered } from './remembered.js';
import type { Handler } from './target.js';

/** Clients use few paths, and each costs some hundred bytes; with more than this, all are looked up anew. */
const routesMax = 1000;

/**
 * What the router found, by method and path. Clients ask for the same few paths again and again, and matching one costs
 * about as much as all else that a handler does.
 */
export class KnownRoutes {
  readonly #handlers = new Remembered<Handler>(routesMax);

  find(context: Context): Handler | undefined {
    return this.#handlers.get(keyOf(context));
  }

  remember(context: Context, handler: Handler): void {
    this.#handlers.set(keyOf(context), handler);
  }
}

const keyOf = ({ req, path }: Context): string => `${req.method} ${path}`;
