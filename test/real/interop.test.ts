import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { GroupPeer, split, type PeerOptions } from '../interop/peer.js';
import { PlainKafka } from '../interop/plain-kafka.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';
import { eventually, Poller, testConfig, testDaemon, TopicClient } from '../support/real-daemon.js';

const daemonProcess = fileURLToPath(new URL('../interop/daemon-process.ts', import.meta.url));

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

interface Consumer {
  readonly memberId: string;
  readonly messages: readonly { readonly partition: number; readonly offset: number }[];
  /** In good order. */
  leave(): Promise<void>;
}

/** A topic, a group, and as many daemons and peers as a test lets in. */
class SharedGroup {
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
    ending.push(() => Promise.resolve(this.kafka.close()));
  }

  /** The group begins at the oldest message. */
  async create(): Promise<void> {
    await this.cluster.createTopic(this.topic, { partitions: this.partitions });
    const observer = await testDaemon(testConfig(this.#at));
    ending.push(() => observer.drain());
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

  async daemon(): Promise<Consumer> {
    const daemon = await testDaemon(testConfig(this.#at));
    const { memberId } = daemon;
    const poller = new Poller(new TopicClient(daemon.url, this.topic), this.group);
    const leave = async () => {
      const stopped = poller.stop();
      await daemon.drain();
      await stopped;
    };
    ending.push(leave);
    return this.#keep({ memberId, messages: poller.messages, leave });
  }

  /** The same as a process of its own. */
  async killableDaemon(): Promise<Consumer & { kill(): Promise<void> }> {
    const child = spawn(process.execPath, ['--import', 'tsx', daemonProcess, JSON.stringify(this.#at)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    ending.push(async () => {
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
    ending.push(() => peer.kill());
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
    ending.push(stop);
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

  repeated(): string[] {
    return [...this.counts()].filter(([, count]) => count > 1).map(([at]) => at);
  }

  async committed(): Promise<number[]> {
    const all = Array.from({ length: this.partitions }, (_, partition) => partition);
    return Promise.all(all.map(async (p) => (await this.kafka.committed(this.group, this.topic, p)).offset));
  }
}

async function sharedGroup(partitions: number): Promise<SharedGroup> {
  const group = new SharedGroup(partitions);
  await group.create();
  return group;
}

describe('a group shared with another implementation of the same nodes', () => {
  it.each([
    [1, ['daemon', 'a-peer', 'z-peer']],
    [4, ['a-peer', 'daemon', 'Z_PEER.1', 'daemon']],
    [7, ['daemon', 'daemon', 'pixz', 'pixy', '10']],
  ])('splits a topic of %i as both sides compute it, whoever comes and goes', async (partitions, whoComes) => {
    const shared = await sharedGroup(partitions);
    const joined: { memberId: string; leave(): Promise<void> }[] = [];
    const ids = () => joined.map(({ memberId }) => memberId);
    for (const who of whoComes) {
      if (who === 'daemon') joined.push(await shared.daemon());
      else {
        const peer = await shared.peer(who);
        joined.push({ memberId: who, leave: () => peer.leave() });
      }
      await shared.settledOn(...ids());
    }
    while (joined.length > 1) {
      await joined.shift()!.leave();
      await shared.settledOn(...ids());
    }
  });

  it('hands partitions over in both directions without losing or repeating a message', async () => {
    const shared = await sharedGroup(5);
    const posting = shared.keepPosting();
    const first = await shared.daemon();
    await shared.settledOn(first.memberId);
    await shared.post(20);
    const low = await shared.peer('a-peer');
    await shared.settledOn(first.memberId, 'a-peer');
    await shared.post(20);
    const second = await shared.daemon();
    await shared.settledOn(first.memberId, 'a-peer', second.memberId);
    await shared.post(20);
    await low.leave();
    await shared.settledOn(first.memberId, second.memberId);
    await shared.peer('z-peer');
    await shared.settledOn(first.memberId, second.memberId, 'z-peer');
    await shared.post(20);
    await first.leave();
    await shared.settledOn(second.memberId, 'z-peer');
    await shared.post(20);
    await posting.stop();
    await shared.allConsumed();
    expect(shared.repeated()).toEqual([]);
    for (const { messages } of shared.consumers) expect(messages.length).toBeGreaterThan(0);
  });

  it('goes on when a member of either side is killed; only what was not committed comes again', async () => {
    const shared = await sharedGroup(4);
    const posting = shared.keepPosting();
    const doomed = await shared.killableDaemon();
    const peer = await shared.peer('z-peer');
    await shared.settledOn(doomed.memberId, 'z-peer');
    await shared.post(50);
    await doomed.kill();
    const atFirst = await shared.committed();
    await shared.settledOn('z-peer');
    const last = await shared.daemon();
    await shared.settledOn(last.memberId, 'z-peer');
    const repeatedAtFirst = shared.repeated();
    await shared.post(50);
    await peer.kill();
    const thereafter = await shared.committed();
    await shared.settledOn(last.memberId);
    await posting.stop();
    await shared.allConsumed();
    const wasCommitted = (at: string, committed: number[]) => {
      const [partition, offset] = at.split('/').map(Number);
      return offset! < committed[partition!]!;
    };
    expect(repeatedAtFirst.filter((at) => wasCommitted(at, atFirst))).toEqual([]);
    const later = shared.repeated().filter((at) => !repeatedAtFirst.includes(at));
    expect(later.filter((at) => wasCommitted(at, thereafter))).toEqual([]);
    for (const { messages } of shared.consumers) expect(messages.length).toBeGreaterThan(0);
  });

  it('consumes on a daemon what a member of another implementation left unacknowledged, by its sparse acks', async () => {
    const shared = await sharedGroup(1);
    const peer = await shared.peer('a-peer', { holds: ({ offset }) => [0, 2, 5].includes(offset) });
    await shared.settledOn('a-peer');
    await shared.post(9);
    await eventually(async () => (peer.messages.length === 9 ? true : undefined), 'the peer has all');
    await peer.leave();
    // Acknowledged are 1, 3, 4, 6, 7 and 8: ranges [1,2) [3,5) [6,9) above 0.
    expect(await shared.kafka.committed(shared.group, shared.topic, 0)).toEqual({ offset: 0, metadata: 'BBBCBD' });
    const daemon = await shared.daemon();
    await eventually(async () => (daemon.messages.length >= 3 ? true : undefined), 'the daemon has the rest');
    await shared.post(1);
    await eventually(async () => (daemon.messages.length >= 4 ? true : undefined), 'the daemon goes on behind them');
    expect(daemon.messages.map(({ offset }) => offset)).toEqual([0, 2, 5, 9]);
    await daemon.leave();
    expect(await shared.kafka.committed(shared.group, shared.topic, 0)).toEqual({ offset: 10, metadata: '' });
  });
});
