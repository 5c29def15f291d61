import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readScript } from '../../src/chaos/script/read.js';
import { answersPing } from '../../src/chaos/world/daemon-process.js';
import { startWorld } from '../../src/chaos/world/start-world.js';
import type { ChaosDaemon, ChaosWorld } from '../../src/chaos/world/world.js';
import { isFree } from '../../src/cluster/ports.js';
import { askZooKeeper, endpointsOf } from '../../src/cluster/probes.js';
import { releaseOf } from '../../src/cluster/versions.js';
import { realHost } from '../../src/host/real-host.js';
import { eventually } from '../support/real-daemon.js';

// The types of what is injected are declared there.
import type {} from '../support/global-setup.js';

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const topic = 'broken';
const script = readScript(
  'world.yaml',
  `
title: What can be broken?
cluster: { kafka: ${inject('kafkaVersion')}, brokers: 1 }
daemons: { count: 2, config: { zoo_keeper: { session_timeout: 4s }, net: { read_timeout: 2s } } }
`,
);
const host = realHost();
let folder: string;
let world: ChaosWorld;

const endpointOf = ({ address }: ChaosDaemon) => endpointsOf(address)[0]!;
const answers = (daemon: ChaosDaemon): Promise<boolean> => answersPing(endpointOf(daemon));
const isTrue = (what: string, condition: () => Promise<boolean> | boolean) =>
  eventually(async () => ((await condition()) ? true : undefined), what);

function start(): Promise<ChaosWorld> {
  const startedMs = host.clock.nowMs();
  return startWorld({
    script,
    host,
    folder,
    daemonCommand: [process.execPath, '--max-semi-space-size=8', command],
    nowMs: () => host.clock.nowMs() - startedMs,
    tell: () => {},
  });
}

beforeAll(async () => {
  if (!existsSync(command)) throw new Error('these tests run the built command: npm run build');
  folder = await mkdtemp(join(tmpdir(), 'chaos-'));
  world = await start();
  await world.createTopic(topic, 2);
});
afterAll(async () => {
  await world?.close();
  await rm(folder, { recursive: true, force: true });
});

const first = () => world.daemons[0]!;

async function post(daemon: ChaosDaemon): Promise<number> {
  const url = `http://${daemon.address}/topics/${topic}/messages?sync`;
  const { status } = await fetch(url, { method: 'POST', body: 'x', headers: { 'Content-Type': 'text/plain' } });
  return status;
}

/** Makes it a member, so that it has something to lose at ZooKeeper; answers once it has been given a message. */
const consumes = (daemon: ChaosDaemon) =>
  isTrue(`${daemon.name} consumes`, async () => {
    await post(daemon);
    return (await fetch(`http://${daemon.address}/topics/${topic}/messages?group=g`)).status === 200;
  });

/** Ids of sessions at ZooKeeper that own something, with what they own. */
const owned = () => askZooKeeper(endpointsOf(world.zookeeperPeers)[0]!, 'dump');

describe('a world', () => {
  it('has daemons that serve at addresses which they keep', async () => {
    expect(world.daemons.map(({ name, isUp }) => [name, isUp])).toEqual([
      ['daemon 1', true],
      ['daemon 2', true],
    ]);
    expect(await Promise.all(world.daemons.map(post))).toEqual([200, 200]);
  });

  it('kills a daemon and starts another process of it', async () => {
    const { address } = first();
    const struck = await world.strike({ kind: 'kill' }, { type: 'daemon', daemon: 1 }, 1000);
    expect(struck).toMatchObject({ text: 'kill daemon 1', daemon: 'daemon 1', costs: ['memory', 'claims'] });
    expect([await answers(first()), first().isUp]).toEqual([false, false]);
    await struck.takeBack();
    expect([await answers(first()), first().isUp]).toEqual([true, true]);
    expect(first().address).toBe(address);
    expect(first().memberIds).toEqual(['pixy-1.1', 'pixy-1.2']);
    expect(world.lives).toEqual([
      expect.objectContaining({ daemon: 'daemon 1', memberId: 'pixy-1.1', end: 'killed', signal: 'SIGKILL' }),
    ]);
  });

  it('freezes a daemon and thaws it', async () => {
    const struck = await world.strike({ kind: 'freeze' }, { type: 'daemon', daemon: 1 }, 1000);
    expect([await answers(first()), first().isUp, first().isFrozen]).toEqual([false, true, true]);
    await struck.takeBack();
    expect([await answers(first()), first().isFrozen]).toEqual([true, false]);
  });

  it('stops a daemon in order', async () => {
    const struck = await world.strike({ kind: 'restart' }, { type: 'daemon', daemon: 2 }, 0);
    expect(world.lives.at(-1)).toMatchObject({ memberId: 'pixy-2.1', end: 'told', exitCode: 0 });
    await struck.takeBack();
    expect(await answers(world.daemons[1]!)).toBe(true);
  });

  it('cuts and holds links of clients', async () => {
    for (const kind of ['cut', 'halfOpen'] as const) {
      const struck = await world.strike({ kind }, { type: 'clients-to-daemon', daemon: 1 }, 1000);
      expect(await answers(first())).toBe(false);
      expect(await answers(world.daemons[1]!)).toBe(true);
      await struck.takeBack();
      expect(await answers(first())).toBe(true);
    }
  });

  it('cuts the link of one daemon to a broker, which the other one still reaches', async (context) => {
    if (releaseOf(inject('kafkaVersion')).endpoint !== 'named-listeners')
      context.skip('these brokers tell every daemon the same address');
    const struck = await world.strike({ kind: 'cut' }, { type: 'daemon-to-broker', daemon: 1, broker: 1 }, 1000);
    expect(struck.costs).toEqual(['commits']);
    const url = `http://${first().address}/topics/${topic}/messages`;
    await fetch(url, { method: 'POST', body: 'x' });
    const waiting = post(first());
    expect(await post(world.daemons[1]!)).toBe(200);
    await struck.takeBack();
    expect([200, 503, 504]).toContain(await waiting);
    await isTrue('daemon 1 reaches the broker', async () => (await post(first())) === 200);
  });

  it('ends the session of a daemon at ZooKeeper, even while its link is cut', async () => {
    await consumes(first());
    expect(await owned()).toContain('pixy-1.2');
    const cut = await world.strike({ kind: 'cut' }, { type: 'daemon-to-zookeeper', daemon: 1 }, 1000);
    const struck = await world.strike({ kind: 'expireSession' }, { type: 'daemon', daemon: 1 }, 0);
    expect(struck).toMatchObject({ text: 'expireSession daemon 1', costs: ['claims', 'lease'] });
    expect(await owned()).not.toContain('pixy-1.2');
    await cut.takeBack();
    await isTrue('the daemon notices', async () =>
      (await world.logLines()).some(({ kind, daemon }) => kind === 'session' && daemon === 'daemon 1'),
    );
    await consumes(first());
    expect(await owned()).toContain('pixy-1.2');
  });

  it('crashes what works inside a daemon, which is no defect of its own', async () => {
    const struck = await world.strike({ kind: 'crash' }, { type: 'actors', daemon: 2, pattern: 'default/metadata' }, 0);
    await struck.takeBack();
    await isTrue('the crash is logged', async () =>
      (await readFile(join(folder, 'daemon-2.2.log'), 'utf8')).includes('an actor crashed and is restarted'),
    );
    expect((await world.logLines()).filter(({ kind }) => kind === 'defect')).toEqual([]);
    await expect(
      world.strike({ kind: 'slow' }, { type: 'actors', daemon: 2, pattern: 'no/such' }, 1000),
    ).rejects.toThrow('no/such');
  });

  it.each(['kill', 'freeze', 'restart'] as const)('can %s its servers', async (kind) => {
    for (const target of [{ type: 'zookeeper' }, { type: 'broker', broker: 1 }] as const) {
      const struck = await world.strike({ kind }, target, 1000);
      await struck.takeBack();
    }
    await isTrue('all is well again', async () => (await Promise.all(world.daemons.map(post))).every((s) => s === 200));
  });

  it('stops every daemon in order, and leaves nothing behind but logs', async () => {
    await world.stopDaemons();
    expect(world.daemons.some(({ isUp }) => isUp)).toBe(false);
    expect(world.lives.filter(({ memberId }) => ['pixy-1.2', 'pixy-2.2'].includes(memberId))).toMatchObject([
      { end: 'told', exitCode: 0 },
      { end: 'told', exitCode: 0 },
    ]);
    const addresses = [...world.daemons.map(endpointOf), ...endpointsOf(`${world.kafkaPeers},${world.zookeeperPeers}`)];
    await world.close();
    for (const { host: where, port } of addresses) expect(await isFree(where, port)).toBe(true);
    const names = (await readdir(folder)).sort();
    expect(names.filter((name) => !name.endsWith('.log') && !name.startsWith('crash'))).toEqual([
      'daemon-1.yaml',
      'daemon-2.yaml',
    ]);
    expect(names).toEqual(expect.arrayContaining(['broker-1.log', 'daemon-1.2.log', 'zookeeper.log']));
  });
});
