import { describe, expect, it } from 'vitest';
import { configFile, filledIn, merged } from '../../../src/chaos/world/daemon-settings.js';

const place = {
  address: '127.0.0.1:20001',
  memberId: 'pixy-1.2',
  kafkaPeers: ['127.0.0.1:1', '127.0.0.1:2'],
  zookeeperPeers: ['127.0.0.1:3'],
};

describe('trees of a configuration', () => {
  it('are laid over each other key by key, lists as a whole', () => {
    const under = { a: { b: 1, c: ['x', 'y'] }, d: 'under' };
    expect(merged(under, { a: { c: ['z'], e: true }, d: 'over' })).toEqual({
      a: { b: 1, c: ['z'], e: true },
      d: 'over',
    });
    expect(merged({ a: 1 }, { a: { b: 2 } })).toEqual({ a: { b: 2 } });
    expect(merged({ a: ['x'] }, { a: { b: 2 } })).toEqual({ a: { b: 2 } });
    expect(under).toEqual({ a: { b: 1, c: ['x', 'y'] }, d: 'under' });
  });
});

describe('the configuration of a daemon', () => {
  const config = { kafka: { version: '2.8.2' }, consumer: { ack_timeout: '3s' } };

  it('has what the run says beside what the script says', () => {
    expect(JSON.parse(configFile(place, config, undefined))).toEqual({
      tcp_addr: '127.0.0.1:20001',
      grpc_addr: '',
      proxies: {
        default: {
          client_id: 'pixy-1.2',
          kafka: { version: '2.8.2', seed_peers: ['127.0.0.1:1', '127.0.0.1:2'] },
          zoo_keeper: { seed_peers: ['127.0.0.1:3'] },
          consumer: { ack_timeout: '3s' },
        },
      },
    });
  });

  it('tells daemons of this product alone how to log and where to take faults', () => {
    const own = { faultsPath: '/r/faults-1', dumpFolder: '/r', drainTimeoutMs: 15_000 };
    expect(JSON.parse(configFile(place, {}, own))).toMatchObject({
      logging: [{ name: 'json', severity: 'info' }],
      allow_faults: '/r/faults-1',
      dump_dir: '/r',
      drain_timeout: '15000ms',
    });
  });
});

describe('the command of another implementation', () => {
  it('is told what it asks for, wherever in its words', () => {
    const command = ['proxy', '--listen={address}', '{config}', '-k', '{kafkaPeers}', '-z={zookeeperPeers}:{name}'];
    expect(filledIn(command, place, '/r/d.yaml')).toEqual([
      'proxy',
      '--listen=127.0.0.1:20001',
      '/r/d.yaml',
      '-k',
      '127.0.0.1:1,127.0.0.1:2',
      '-z=127.0.0.1:3:pixy-1.2',
    ]);
  });

  it('gets what was filled in as it is', () => {
    expect(filledIn(['{name}', '{other}'], { ...place, memberId: '{config}$&' }, 'c')).toEqual([
      '{config}$&',
      '{other}',
    ]);
  });
});
