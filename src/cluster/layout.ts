import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../host/host.js';
import {
  brokerProperties,
  type Controller,
  controllerProperties,
  javaArguments,
  loggingProperties,
  zooKeeperProperties,
} from './configuration.js';
import {
  type ClientListener,
  type NamedListener,
  scramArguments,
  type ScramCredentials,
  scramConfigArguments,
} from './listeners.js';
import type { Endpoint } from './probes.js';
import type { Release } from './versions.js';

/** The processes of a cluster and their files, before any of them runs. */

const BROKER_HEAP_MIB = 256;
const CONTROLLER_HEAP_MIB = 128;
const ZOOKEEPER_HEAP_MIB = 128;
const TOOL_HEAP_MIB = 128;
/** Beyond the ids of all brokers. */
const SEPARATE_CONTROLLER_ID = 100;

export interface Plan {
  readonly random: Random;
  readonly release: Release;
  readonly jarFolder: string;
  readonly folder: string;
  readonly zookeeper: Endpoint;
  readonly brokers: readonly (Endpoint & { readonly id: number })[];
  /** In the brokers' order; of each broker none, or one for each client that has its own. */
  readonly clientListeners: readonly (readonly ClientListener[])[];
  /** Used where the brokers keep their metadata themselves. */
  readonly controller: Endpoint;
  readonly further: LaidListeners | undefined;
  readonly minInSyncReplicas: number;
}

/** Listeners beside the plain one whose addresses are chosen and whose files are written. */
export interface LaidListeners {
  /** In the brokers' order. */
  readonly ofBrokers: readonly (readonly NamedListener[])[];
  readonly properties: Readonly<Record<string, string>>;
  readonly scram: ScramCredentials;
}

export interface ServerPlan {
  readonly name: string;
  /** Of the `java` command. */
  readonly args: readonly string[];
}

export interface Layout {
  readonly zookeeper: ServerPlan;
  /** A process of its own where there are several brokers, so that any of them can fail; the only one is its own. */
  readonly controller: ServerPlan | undefined;
  readonly brokers: readonly ServerPlan[];
  /** Arguments of `java` commands that have to end well before the first broker starts. */
  readonly preparations: readonly (readonly string[])[];
}

/** Writes the configuration files and makes the data folders. */
export async function layOut(plan: Plan): Promise<Layout> {
  return new Layer(plan, await writeIn(plan.folder, 'log4j.properties', loggingProperties())).layOut();
}

class Layer {
  readonly #plan: Plan;
  readonly #logging: string;

  constructor(plan: Plan, logging: string) {
    this.#plan = plan;
    this.#logging = logging;
  }

  async layOut(): Promise<Layout> {
    const { brokers, controller, release } = this.#plan;
    const id = brokers.length === 1 ? (brokers[0]?.id as number) : SEPARATE_CONTROLLER_ID;
    const node = release.metadataIn === 'kraft' ? { id, endpoint: controller } : undefined;
    const laidBrokers = await Promise.all(brokers.map((_, at) => this.#broker(at, node)));
    const laidController =
      node === undefined || id !== SEPARATE_CONTROLLER_ID ? undefined : await this.#controller(node);
    const nodes = [...laidBrokers, ...(laidController === undefined ? [] : [laidController])];
    return {
      zookeeper: await this.#zooKeeper(),
      controller: laidController?.server,
      brokers: laidBrokers.map(({ server }) => server),
      preparations: node === undefined ? this.#credentials() : this.#formats(nodes.map(({ config }) => config)),
    };
  }

  async #zooKeeper(): Promise<ServerPlan> {
    const { folder, zookeeper } = this.#plan;
    const name = 'zookeeper';
    const settings = zooKeeperProperties(zookeeper, await dataFolder(folder, name));
    const config = await writeIn(folder, `${name}.properties`, settings);
    // The page cache survives a killed process, and nothing here needs to survive more.
    const properties = {
      'zookeeper.forceSync': 'no',
      'zookeeper.preAllocSize': '1024',
      'zookeeper.jmx.log4j.disable': 'true',
    };
    const mainClass = 'org.apache.zookeeper.server.ZooKeeperServerMain';
    return { name, args: this.#java(mainClass, ZOOKEEPER_HEAP_MIB, [config], properties) };
  }

  async #broker(at: number, controller: Controller | undefined): Promise<{ server: ServerPlan; config: string }> {
    const { release, folder, zookeeper, brokers, clientListeners, further, minInSyncReplicas } = this.#plan;
    const broker = brokers[at] as Plan['brokers'][number];
    const name = brokerName(broker.id);
    const settings = brokerProperties(release, {
      id: broker.id,
      endpoint: { host: broker.host, port: broker.port },
      zookeeper,
      ...(controller && { controller }),
      clientListeners: clientListeners[at] ?? [],
      ...(further && { further: { listeners: further.ofBrokers[at] ?? [], properties: further.properties } }),
      brokersTotal: brokers.length,
      minInSyncReplicas,
      dataFolder: await dataFolder(folder, name),
    });
    const config = await writeIn(folder, `${name}.properties`, settings);
    return { server: { name, args: this.#java('kafka.Kafka', BROKER_HEAP_MIB, [config]) }, config };
  }

  async #controller(controller: Controller): Promise<{ server: ServerPlan; config: string }> {
    const { folder } = this.#plan;
    const name = 'controller';
    const settings = controllerProperties(controller, await dataFolder(folder, name));
    const config = await writeIn(folder, `${name}.properties`, settings);
    return { server: { name, args: this.#java('kafka.Kafka', CONTROLLER_HEAP_MIB, [config]) }, config };
  }

  /** Each node of a KRaft cluster wants its folder marked as the cluster's; the first credentials come with that. */
  #formats(configs: readonly string[]): string[][] {
    const { random, further } = this.#plan;
    const scram = further === undefined ? [] : scramArguments(further.scram);
    const id = clusterId(random);
    return configs.map((config) =>
      this.#java('kafka.tools.StorageTool', TOOL_HEAP_MIB, ['format', '-t', id, '-c', config, ...scram]),
    );
  }

  /** With ZooKeeper the credentials lie there, and can be written before there is a broker. */
  #credentials(): string[][] {
    const { further, zookeeper } = this.#plan;
    if (further === undefined) return [];
    const args = scramConfigArguments(zookeeper, further.scram);
    return [this.#java('kafka.admin.ConfigCommand', TOOL_HEAP_MIB, args)];
  }

  #java(mainClass: string, heapMiB: number, args: readonly string[], properties = {}): string[] {
    return javaArguments(this.#plan.jarFolder, this.#logging, { mainClass, heapMiB, properties, args });
  }
}

export function brokerName(id: number): string {
  return `broker-${id}`;
}

/** 128 random bits in URL-safe base64; the first is not set, so that it cannot begin like an option. */
function clusterId(random: Random): string {
  const bits = Buffer.from(Array.from({ length: 16 }, () => Math.floor(random.next() * 256)));
  bits.writeUInt8(bits.readUInt8() & 0x7f);
  return bits.toString('base64url');
}

async function writeIn(folder: string, name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

async function dataFolder(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}
