import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { GroupPeer, split, type PeerOptions } from './peer.js';
import { PlainKafka } from './plain-kafka.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';
import { eventually, Poller, testConfig, testDaemon, TopicClient } from '../support/real-daemon.js';

const daemonProcess = fileURLToPath(new URL('./daemon-process.ts', import.meta.url));

export interface Consumer {
  readonly memberId: string;
  readonly messages: readonly { readonly partition: number; readonly offset: number }[];
  /** In good order. */
  leave(): Promise<void>;
}

/** A topic, a group, and as many daemons and peers as a test lets in. */
export class SharedGroup {
  readonly #ending: (() => Promise<unknown>)[] = [];
  readonly cluster = realCluster();
  readonly topic = uniqueName('interop');
  readonly group = uniqueName('g');
  readonly chroot = `/${uniqueName('chroot')}`;
  readonly partitions: number;
  readonly kafka = new PlainKafka(this.cluster.kafkaPeers, 'test');
  readonly consumers: Consumer[] = [];
  readonly posted: { readonly partition: number; readonly offset: number }[] = [];
  #observer: TopicClient | undefined;

  constructor(partitions: number) {
    this.partitions = partitions;
  }

  /** The group begins at the oldest message. */
  async create(): Promise<void> {
    await this.cluster.createTopic(this.topic, { partitions: this.partitions });
    const observer = await testDaemon(testConfig(this.#at));
    this.#ending.push(() => observer.drain());
    this.#observer = new TopicClient(observer.url, this.topic);
    for (const partition of await this.kafka.partitions(this.topic)) await this.store(partition, 0);
  }

  /** A cluster that was just started has no coordinator for a while. */
  async store(partition: number, offset: number, metadata = ''): Promise<void> {
    const position = { offset, metadata };
    const commit = () => this.kafka.commit(this.group, this.topic, partition, position).then(() => true);
    await eventually(() => commit().catch(() => undefined), 'the offset is stored');
  }

  get #at(): Parameters<typeof testConfig>[0] {
    const { kafkaPeers, zookeeperPeers } = this.cluster;
    return { kafkaPeers, zookeeperPeers, chroot: this.chroot };
  }

  /** Without `polls` nobody consumes there but by the client. */
  async daemon({ polls = true } = {}): Promise<Consumer & { readonly client: TopicClient }> {
    const daemon = await testDaemon(testConfig(this.#at));
    const { memberId } = daemon;
    const client = new TopicClient(daemon.url, this.topic);
    const poller = polls ? new Poller(client, this.group) : undefined;
    const leave = async () => {
      const stopped = poller?.stop();
      await daemon.drain();
      await stopped;
    };
    this.#ending.push(leave);
    return this.#keep({ memberId, messages: poller?.messages ?? [], leave, client });
  }

  /** The same as a process of its own. */
  async killableDaemon(): Promise<Consumer & { kill(): Promise<void> }> {
    const child = spawn(process.execPath, ['--import', 'tsx', daemonProcess, JSON.stringify(this.#at)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    this.#ending.push(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    const line = await eventually(async () => /^(\{.*\})\n/.exec(output)?.[1], 'the process serves');
    const { url, memberId } = JSON.parse(line) as { url: string; memberId: string };
    const poller = new Poller(new TopicClient(url, this.topic), this.group);
    const kill = async () => {
      const stopped = poller.stop();
      child.kill('SIGKILL');
      await exited;
      await stopped;
    };
    return this.#keep({ memberId, messages: poller.messages, leave: kill, kill });
  }

  async peer(memberId: string, more: Partial<PeerOptions> = {}): Promise<GroupPeer> {
    const { kafkaPeers, zookeeperPeers } = this.cluster;
    const { chroot, group, topic } = this;
    const peer = await GroupPeer.join({ kafkaPeers, zookeeperPeers, chroot, group, topic, memberId, ...more });
    this.#ending.push(() => peer.kill());
    this.#keep({ memberId, messages: peer.messages, leave: () => peer.leave() });
    return peer;
  }

  #keep<C extends Consumer>(consumer: C): C {
    this.consumers.push(consumer);
    return consumer;
  }

  /** What `/consumers` says of the group. */
  async owners(): Promise<Record<string, number[]>> {
    return (await this.#observer!.consumers())[this.group] ?? {};
  }

  /** Until partitions are owned as another implementation computes it for these members. */
  async settledOn(...members: readonly string[]): Promise<void> {
    const all = Array.from({ length: this.partitions }, (_, partition) => partition);
    const expected: Record<string, number[]> = {};
    for (const memberId of members) {
      const share = split(all, members, memberId);
      if (share.length > 0) expected[memberId] = share;
    }
    let found: Record<string, number[]> = {};
    const sorted = (owners: Record<string, number[]>) => JSON.stringify(Object.entries(owners).sort());
    await eventually(
      async () => {
        found = await this.owners();
        return sorted(found) === sorted(expected) ? true : undefined;
      },
      `owners ${sorted(expected)}`,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; owners are ${sorted(found)}`);
    });
  }

  async post(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const partition = this.posted.length % this.partitions;
      const offset = await this.kafka.produce(this.topic, partition, `m${this.posted.length}`);
      this.posted.push({ partition, offset });
    }
  }

  /** Posts on and on until stopped. */
  keepPosting(): { stop(): Promise<void> } {
    let stopped = false;
    const ended = (async () => {
      while (!stopped) {
        await this.post(1);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const stop = async () => {
      stopped = true;
      await ended;
    };
    this.#ending.push(stop);
    return { stop };
  }

  /** How often each message was given to somebody, in all. */
  counts(): Map<string, number> {
    const counts = new Map(this.posted.map(({ partition, offset }) => [`${partition}/${offset}`, 0]));
    for (const { partition, offset } of this.consumers.flatMap(({ messages }) => messages)) {
      const at = `${partition}/${offset}`;
      counts.set(at, (counts.get(at) ?? 0) + 1);
    }
    return counts;
  }

  async allConsumed(): Promise<void> {
    await eventually(
      async () => ([...this.counts().values()].every((count) => count > 0) ? true : undefined),
      'all consumed',
    );
  }

  /** Until everybody who ever came was given something, while more is being posted. */
  async everybodyConsumes(): Promise<void> {
    await eventually(
      async () => (this.consumers.every(({ messages }) => messages.length > 0) ? true : undefined),
      'everybody consumes',
    );
  }

  repeated(): string[] {
    return [...this.counts()].filter(([, count]) => count > 1).map(([at]) => at);
  }

  async committed(): Promise<number[]> {
    const all = Array.from({ length: this.partitions }, (_, partition) => partition);
    return Promise.all(all.map(async (p) => (await this.kafka.committed(this.group, this.topic, p)).offset));
  }

  /** Ends whatever was started, the last one first. */
  async end(): Promise<void> {
    for (const end of this.#ending.splice(0).reverse()) await end();
    this.kafka.close();
  }
}
