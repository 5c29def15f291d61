import { rm } from 'node:fs/promises';
import { startCluster } from '../../src/cluster/cluster.js';
import { endpointsOf } from '../../src/cluster/probes.js';
import { createTopicOn } from '../../src/cluster/topics.js';
import { releaseOf } from '../../src/cluster/versions.js';
import { realHost } from '../../src/host/real-host.js';
import { type Command, parseCommand, USAGE } from './arguments.js';
import { isAlive, killMarked, processMark } from './marks.js';
import { type ClusterState, StateFolder } from './state.js';

const host = realHost();
const states = new StateFolder();
const say = (line: string) => console.log(line);

async function main(): Promise<number> {
  const command = parseCommand(process.argv.slice(2));
  switch (command.type) {
    case 'up':
      return up(command);
    case 'topic':
      return topic(command);
    case 'status':
      return status(command.name);
    case 'down':
      return down(command.name);
    case 'help':
      say(USAGE);
      return 0;
  }
}

async function up(options: Extract<Command, { type: 'up' }>): Promise<number> {
  const { name } = options;
  const known = await states.get(name);
  if (known !== null) {
    if ((await living(known)).length > 0) return runsAlready(known);
    await remove(known);
  }
  const cluster = await startCluster({ ...options, host, tell: say });
  const processes = [];
  for (const [server, pid] of cluster.pids()) {
    const mark = await processMark(pid);
    if (mark !== null) processes.push({ name: server, ...mark });
  }
  const { kafkaVersion, kafkaPeers, zookeeperPeers, folder } = cluster;
  const state: ClusterState = { name, kafkaVersion, kafkaPeers, zookeeperPeers, folder, processes };
  if (!(await states.add(state))) {
    await cluster.stop();
    return runsAlready((await states.get(name)) ?? state);
  }
  await cluster.detach();
  say(`Cluster "${name}" is up.`);
  describe(state);
  return 0;
}

function runsAlready(state: ClusterState): number {
  say(`Cluster "${state.name}" runs already. \`down\` it first, or give the new one another --name.`);
  describe(state);
  return 1;
}

async function topic(options: Extract<Command, { type: 'topic' }>): Promise<number> {
  const state = await states.get(options.name);
  const zookeeper = endpointsOf(state?.zookeeperPeers ?? '')[0];
  if (state === null || zookeeper === undefined) {
    say(`Cluster "${options.name}" is not up.`);
    return 1;
  }
  const release = releaseOf(state.kafkaVersion);
  const target = {
    clock: host.clock,
    release,
    zookeeper,
    brokers: endpointsOf(state.kafkaPeers),
  };
  await createTopicOn(target, options.topic, { partitions: options.partitions });
  say(`Topic ${options.topic} has ${options.partitions} partition${options.partitions === 1 ? '' : 's'}.`);
  return 0;
}

async function status(name: string): Promise<number> {
  const others = (await states.names()).filter((other) => other !== name);
  if (others.length > 0) say(`Others on record: ${others.join(', ')}.`);
  const state = await states.get(name);
  if (state === null) {
    say(`Cluster "${name}" is not up.`);
    return 1;
  }
  const alive = new Set(await living(state));
  say(`Cluster "${name}":`);
  describe(state);
  for (const process of state.processes) {
    say(`  ${process.name} (pid ${process.pid}): ${alive.has(process) ? 'running' : 'gone'}`);
  }
  return alive.size === state.processes.length ? 0 : 1;
}

async function down(name: string): Promise<number> {
  const state = await states.get(name);
  if (state === null) {
    say(`Cluster "${name}" is not up; nothing to do.`);
    return 0;
  }
  const ended = await Promise.all(state.processes.map(killMarked));
  await remove(state);
  say(`Cluster "${name}" is down: ${ended.filter(Boolean).length} processes ended, its data removed.`);
  return 0;
}

async function remove(state: ClusterState): Promise<void> {
  await rm(state.folder, { recursive: true, force: true });
  await states.remove(state.name);
}

async function living(state: ClusterState): Promise<ClusterState['processes'][number][]> {
  const alive = await Promise.all(state.processes.map(isAlive));
  return state.processes.filter((_, i) => alive[i]);
}

function describe({ kafkaVersion, kafkaPeers, zookeeperPeers, folder }: ClusterState): void {
  say(`  Kafka ${kafkaVersion}   ${kafkaPeers}`);
  say(`  ZooKeeper     ${zookeeperPeers}`);
  say(`  data and logs ${folder}`);
  say('Use it with:');
  say(`  kafka-pixy --kafkaPeers ${kafkaPeers} --zookeeperPeers ${zookeeperPeers}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
