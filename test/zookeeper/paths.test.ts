import { describe, expect, it } from 'vitest';
import { checkPath, lineage, normalChroot, withChroot, withoutChroot } from '../../src/zookeeper/adapter/paths.js';
import { parseServers } from '../../src/zookeeper/adapter/servers.js';

describe('paths', () => {
  it.each(['/', '/a', '/a/b', '/a.b/..c/...', '/żółć', '/a b', '/consumers/g_1/ids/kp-1'])('takes %j', (path) => {
    expect(() => checkPath(path)).not.toThrow();
  });

  it.each(['', 'a', '/a/', '//', '/a//b', '/.', '/a/..', '/a\u0000', '/a\n', '/a\u0080', '/\ue000', '/\ufff0', '/🎈'])(
    'refuses %j',
    (path) => {
      expect(() => checkPath(path)).toThrow(expect.objectContaining({ kind: 'bad-path', path }));
    },
  );

  it('puts the chroot before a path and takes it off again', () => {
    for (const chroot of ['', '/kafka', '/kafka/pixy']) {
      for (const path of ['/', '/a', '/kafka', '/kafka/pixy']) {
        expect(withoutChroot(chroot, withChroot(chroot, path))).toBe(path);
      }
    }
    expect(withChroot('/kafka', '/')).toBe('/kafka');
    expect(withChroot('', '/')).toBe('/');
  });

  it('has one form for no chroot, and refuses one that cannot be', () => {
    expect([normalChroot(''), normalChroot('/'), normalChroot('/a/b')]).toEqual(['', '', '/a/b']);
    for (const chroot of ['a', '/a/', '/a//b']) expect(() => normalChroot(chroot)).toThrow(/path/);
  });

  it('lists a path after its ancestors', () => {
    expect(lineage('/a/b/c')).toEqual(['/a', '/a/b', '/a/b/c']);
    expect(lineage('/')).toEqual([]);
  });
});

describe('servers', () => {
  it('reads names, addresses and missing ports', () => {
    expect(parseServers('zk1:2182, zk2 ,,127.0.0.1:1,[::1]:2183,[fe80::1]')).toEqual([
      { host: 'zk1', port: 2182 },
      { host: 'zk2', port: 2181 },
      { host: '127.0.0.1', port: 1 },
      { host: '::1', port: 2183 },
      { host: 'fe80::1', port: 2181 },
    ]);
  });

  it.each(['', ' , ', 'zk1:', 'zk1:0', 'zk1:65536', 'zk1:x', 'zk1:1/chroot', '::1'])('refuses %j', (servers) => {
    expect(() => parseServers(servers)).toThrow(/host:port/);
  });
});
