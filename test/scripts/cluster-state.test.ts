import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClusterState, parseState, StateFolder } from '../../scripts/cluster/state.js';

const state = (name: string, pid = 4711): ClusterState => ({
  name,
  kafkaVersion: '3.9.1',
  kafkaPeers: '127.0.0.1:9092',
  zookeeperPeers: '127.0.0.1:2181',
  folder: join(tmpdir(), 'kafka-pixy-cluster-abc'),
  processes: [{ name: 'broker-1', pid, started: '12345' }],
});

describe('the record of running clusters', () => {
  let path: string;
  let states: StateFolder;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'cluster-state-test-'));
    states = new StateFolder(path);
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  it('gives back what was added, until it is removed', async () => {
    expect(await states.get('a')).toBeNull();
    expect(await states.add(state('a'))).toBe(true);
    expect(await states.get('a')).toEqual(state('a'));
    await states.remove('a');
    expect(await states.get('a')).toBeNull();
  });

  it('lets only one of two with the same name win, and leaves no draft', async () => {
    const won = await Promise.all([states.add(state('a', 2)), states.add(state('a', 3))]);
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await states.get('a'))?.processes[0]?.pid).toBe(won[0] ? 2 : 3);
    expect(await readdir(path)).toEqual(['a.json']);
  });

  it('lists the names', async () => {
    await states.add(state('b'));
    await states.add(state('a'));
    expect(await states.names()).toEqual(['a', 'b']);
  });

  it('refuses a folder that others can write', async () => {
    await chmod(path, 0o777);
    await expect(states.get('a')).rejects.toThrow('only you can write');
  });

  it('says which file is broken', async () => {
    await writeFile(join(path, 'a.json'), '{"name":');
    await expect(states.get('a')).rejects.toThrow(join(path, 'a.json'));
  });

  it.each([
    ['a folder that `up` never made', { folder: '/home/me' }],
    ['a folder outside the temporary ones', { folder: '/kafka-pixy-cluster-abc' }],
    ['a way out of the temporary folder', { folder: join(tmpdir(), 'kafka-pixy-cluster-abc') + '/../..' }],
    ['a process group instead of a process', { processes: [{ name: 'x', pid: -1, started: '1' }] }],
    ['no processes', { processes: undefined }],
  ])('never acts on a record with %s', (_, wrong) => {
    expect(() => parseState(JSON.stringify({ ...state('a'), ...wrong }), 'f')).toThrow('cannot be read');
  });
});
