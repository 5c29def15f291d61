import { failure } from './failures.js';

/**
 * Characters that ZooKeeper takes in no path (`PathUtils.validatePath` of ZooKeeper): controls, and what UTF-16 has from
 * the surrogates on, save the CJK compatibility forms. So no name may hold a character beyond the basic plane.
 */
// eslint-disable-next-line no-control-regex -- naming control characters is its purpose
const forbidden = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

/** Throws a failure of kind `bad-path` for what the server would refuse. */
export function checkPath(path: string): void {
  const segments = path.split('/').slice(1);
  const valid =
    path === '/' ||
    (path.startsWith('/') &&
      segments.every((name) => name !== '' && name !== '.' && name !== '..') &&
      !forbidden.test(path));
  if (!valid) throw failure('bad-path', path);
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
