import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from 'koa';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The page may ask us alone for anything, and nobody may put it into a page of theirs. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
/** A drawing brings its own style, and nothing that runs. */
const drawingPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

const notBuilt = `The inspector's page was not built. Run "npm run build" in the source folder, then reload this.\n`;

/** Answers with a file of the page. False: there is none of that name. */
export type ServeAsset = (context: Context, path: string) => Promise<boolean>;

/** @param folder what the build made: index.html, page.js, page.css, and charts/<machine>.svg */
export function assetsOf(folder: string): ServeAsset {
  return async (context, path) => {
    const extension = /^(?:charts\/)?[a-z0-9-]+\.([a-z]+)$/.exec(path)?.[1] ?? '';
    const type = types[extension];
    if (type === undefined) return false;
    // The sources have an index.html as well, which is of no use without what the build makes.
    if (path === 'index.html' && !existsSync(join(folder, 'page.js'))) {
      context.status = 503;
      context.type = 'text/plain; charset=utf-8';
      context.body = notBuilt;
      return true;
    }
    const file = await readFile(join(folder, path)).catch(() => undefined);
    if (!file) return false;
    context.set('Content-Security-Policy', extension === 'svg' ? drawingPolicy : pagePolicy);
    context.type = type;
    context.body = file;
    return true;
  };
}
