import { isNodePath } from '../port.js';
import { failure } from './failures.js';

/** Throws a failure of kind `bad-path` for what the server would refuse. */
export function checkPath(path: string): void {
  if (!isNodePath(path)) throw failure('bad-path', path);
}

/** The chroot in the form that is put before a path: empty, or with a leading and without a trailing slash. */
export function normalChroot(chroot: string): string {
  if (chroot === '' || chroot === '/') return '';
  checkPath(chroot);
  return chroot;
}

/** The path as the server knows it. */
export function withChroot(chroot: string, path: string): string {
  if (path === '/') return chroot === '' ? '/' : chroot;
  return chroot + path;
}

/** The path as the port's user knows it. */
export function withoutChroot(chroot: string, full: string): string {
  return full === chroot ? '/' : full.slice(chroot.length);
}

/** The path and its ancestors, shortest first, without the root: `/a/b` gives `/a`, `/a/b`. */
export function lineage(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  return names.map((_, i) => `/${names.slice(0, i + 1).join('/')}`);
}
