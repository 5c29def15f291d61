import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readScript } from '../../src/chaos/script/read.js';
import { answersPing } from '../../src/chaos/world/daemon-process.js';
import { startWorld, type WorldOptions } from '../../src/chaos/world/start-world.js';
import { isFree } from '../../src/cluster/ports.js';
import { endpointsOf } from '../../src/cluster/probes.js';
import { realHost } from '../../src/host/real-host.js';
import { realCluster } from '../support/real-cluster.js';
import { eventually } from '../support/real-daemon.js';

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const program = (name: string): string => JSON.stringify(fileURLToPath(new URL(`../../src/${name}`, import.meta.url)));
const daemonCommand = [process.execPath, command];
const { kafkaPeers, zookeeperPeers } = realCluster();
/** `daemons`: of the script. */
const scriptOf = (daemons: string): string => `
title: What can be broken of a cluster that is given?
cluster: { kafkaPeers: [${kafkaPeers}], zookeeperPeers: [${zookeeperPeers}] }
daemons: ${daemons}
`;

describe('a world on a cluster that is given', () => {
  let folder: string;
  beforeEach(async () => {
    if (!existsSync(command)) throw new Error('these tests run the built command: npm run build');
    folder = await mkdtemp(join(tmpdir(), 'chaos-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const optionsOf = (daemons: string): WorldOptions => ({
    script: readScript('world.yaml', scriptOf(daemons)),
    host: realHost(),
    folder,
    daemonCommand,
    nowMs: () => 0,
    tell: () => {},
  });

  it('starts daemons by a command of somebody else’s, beside our own', async () => {
    const theirs = JSON.stringify([...daemonCommand, '--config', '{config}', '--tcpAddr', '{address}']);
    const world = await startWorld(optionsOf(`[{ count: 1 }, { name: theirs, count: 1, command: ${theirs} }]`));
    try {
      expect(world.kafkaPeers).toBe(kafkaPeers);
      expect(world.daemons.map(({ memberIds }) => memberIds[0])).toEqual(['pixy-1.1', 'theirs-2.1']);
      for (const { address } of world.daemons) expect(await answersPing(endpointsOf(address)[0]!)).toBe(true);
      const expire = (daemon: number) => world.strike({ kind: 'expireSession' }, { type: 'daemon', daemon }, 0);
      await eventually(
        async () => ((await expire(2)).text === 'expireSession daemon 2' ? true : undefined),
        'it has a session',
      );
      expect((await expire(2)).text).toBe('expireSession daemon 2 (it was over already)');
    } finally {
      await world.close();
    }
  });

  it('says of a daemon that does not start what it said itself, and how it was started', async () => {
    const broken = JSON.stringify([
      process.execPath,
      '-e',
      'console.log("no such flag"); process.exit(3)',
      '{address}',
    ]);
    const failure = await startWorld(optionsOf(`{ count: 1, command: ${broken} }`)).catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'ChaosError' });
    const { message } = failure as Error;
    expect(message).toMatch(/^daemon 1 does not get ready: its process ended with exit code 3\n/);
    expect(message).toContain('no such flag');
    expect(message).toContain('process.exit(3)');
    await expect(startWorld(optionsOf(`{ count: 1, command: '/no/such/program {address}' }`))).rejects.toThrow(
      'ENOENT',
    );
  });

  it('ends its daemons with the run, however that ends', async () => {
    const run = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        `
        import { writeFileSync } from 'node:fs';
        import { readScript } from ${program('chaos/script/read.ts')};
        import { startWorld } from ${program('chaos/world/start-world.ts')};
        import { realHost } from ${program('host/real-host.ts')};
        const world = await startWorld({
          script: readScript('world.yaml', ${JSON.stringify(scriptOf('{ count: 2 }'))}),
          host: realHost(),
          folder: ${JSON.stringify(folder)},
          daemonCommand: ${JSON.stringify(daemonCommand)},
          nowMs: () => 0,
          tell: () => {},
        });
        await world.strike({ kind: 'freeze' }, { type: 'daemon', daemon: 2 }, 1000);
        writeFileSync(${JSON.stringify(join(folder, 'ready'))}, '');
        `,
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const exited = once(run, 'exit');
    const addresses = async () =>
      Promise.all(
        [1, 2].map(async (number) => {
          const config = JSON.parse(await readFile(join(folder, `daemon-${number}.yaml`), 'utf8')) as {
            tcp_addr: string;
          };
          return config.tcp_addr;
        }),
      );
    try {
      await eventually(async () => (existsSync(join(folder, 'ready')) ? true : undefined), 'the world stands');
      expect(await answersPing(endpointsOf((await addresses())[0]!)[0]!)).toBe(true);
    } finally {
      run.kill('SIGKILL');
      await exited;
    }
    for (const { host, port } of endpointsOf((await addresses()).join()))
      await eventually(async () => ((await isFree(host, port)) ? true : undefined), `nobody listens on ${port}`);
  });
});
