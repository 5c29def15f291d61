import type { Context, Next } from 'koa';

/**
 * Sends clients whose path holds empty or dot segments to the path without them, as the router of the original does: those
 * who put a base with a slash at its end before a path that begins with one get there all the same.
 */
export function redirectToCleanPath(context: Context, next: Next): Promise<void> | undefined {
  const path = cleanPath(context.path);
  if (path === undefined) return next() as Promise<void>;
  context.set('Location', context.querystring === '' ? path : `${path}?${context.querystring}`);
  context.body = null;
  context.length = 0;
  context.status = 301;
  return undefined;
}

/** Source: `cleanPath` of gorilla/mux and `path.Clean` of Go. `undefined`: the path is clean, or nothing that can be cleaned. */
function cleanPath(path: string): string | undefined {
  const decoded = decode(path);
  if (decoded === undefined || !/^\/(?:.*\/)?(?:\/|\.{1,2}(?:\/|$))/s.test(decoded)) return undefined;
  const kept: string[] = [];
  for (const segment of decoded.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(encodeURIComponent(segment));
  }
  return `/${kept.join('/')}${kept.length > 0 && decoded.endsWith('/') ? '/' : ''}`;
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
