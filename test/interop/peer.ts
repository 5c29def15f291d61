/**
 * A second implementation of the group protocol that Kafka-Pixy keeps in ZooKeeper, made from its description alone: nothing
 * of this product's own code is in it but the tests' way to read addresses. It consumes one topic of one group, as the
 * original does: it shares partitions with whoever keeps the same nodes, and commits in Kafka as a simple consumer.
 */
import { PlainKafka, type PlainRecord, type StoredOffset } from './plain-kafka.js';
import { isMissing, isThere, PlainZooKeeper } from './plain-zookeeper.js';
import { readSparseText, sparseText } from './sparse-text.js';

export interface PeerOptions {
  readonly kafkaPeers: string;
  readonly zookeeperPeers: string;
  readonly chroot: string;
  readonly group: string;
  readonly topic: string;
  readonly memberId: string;
  readonly sessionTimeoutMs?: number;
  /** Records that it is given and never acknowledges. */
  readonly holds?: (record: PlainRecord) => boolean;
}

export interface PeerMessage extends PlainRecord {
  readonly partition: number;
}

const retryBackoffMs = 500;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Everybody computes the same: the first P mod M members, by the bytes of their ids, get one partition more. */
export function split(partitions: readonly number[], members: readonly string[], memberId: string): number[] {
  const sorted = [...members].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const place = sorted.indexOf(memberId);
  if (place < 0) return [];
  const each = Math.floor(partitions.length / sorted.length);
  const larger = partitions.length % sorted.length;
  const from = place * each + Math.min(place, larger);
  return partitions.slice(from, from + each + (place < larger ? 1 : 0));
}

/** One partition that it owns, from the claim on. */
class Consumption {
  readonly partition: number;
  readonly #peer: GroupPeer;
  readonly #kafka: PlainKafka;
  #position: StoredOffset | undefined;
  readonly #acknowledged = new Set<number>();
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor(peer: GroupPeer, kafka: PlainKafka, partition: number) {
    this.#peer = peer;
    this.#kafka = kafka;
    this.partition = partition;
    this.#ended = this.#run();
  }

  async #run(): Promise<void> {
    let next: number | undefined;
    while (!this.#stopped) {
      try {
        next ??= await this.#begin();
        for (const record of await this.#kafka.fetch(this.#peer.options.topic, this.partition, next)) {
          if (this.#stopped) break;
          next = record.offset + 1;
          this.#offer(record);
        }
        await this.commit();
      } catch {
        if (!this.#stopped) await pause(100);
      }
    }
  }

  async #begin(): Promise<number> {
    const { group, topic } = this.#peer.options;
    const stored = await this.#kafka.committed(group, topic, this.partition);
    if (stored.offset === -1) {
      const offset = await this.#kafka.newest(topic, this.partition);
      this.#position = { offset, metadata: '' };
      await this.#kafka.commit(group, topic, this.partition, this.#position);
      return offset;
    }
    try {
      for (const [from, to] of readSparseText(stored.offset, stored.metadata)) {
        for (let offset = from; offset < to; offset++) this.#acknowledged.add(offset);
      }
    } catch {
      // Somebody's own metadata: the offset counts all the same.
    }
    this.#position = stored;
    return stored.offset;
  }

  #offer(record: PlainRecord): void {
    if (this.#acknowledged.has(record.offset)) return;
    this.#peer.messages.push({ ...record, partition: this.partition });
    if (!this.#peer.options.holds?.(record)) this.#acknowledged.add(record.offset);
  }

  async commit(): Promise<void> {
    if (!this.#position) return;
    let { offset } = this.#position;
    while (this.#acknowledged.delete(offset)) offset++;
    const ranges: [number, number][] = [];
    for (const acknowledged of [...this.#acknowledged].sort((a, b) => a - b)) {
      const last = ranges.at(-1);
      if (last?.[1] === acknowledged) last[1]++;
      else ranges.push([acknowledged, acknowledged + 1]);
    }
    const position = { offset, metadata: sparseText(offset, ranges) };
    if (position.offset === this.#position.offset && position.metadata === this.#position.metadata) return;
    await this.#kafka.commit(this.#peer.options.group, this.#peer.options.topic, this.partition, position);
    this.#position = position;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }
}

export class GroupPeer {
  readonly options: PeerOptions;
  /** What it was given, in the order in which it was. */
  readonly messages: PeerMessage[] = [];
  readonly #kafka: PlainKafka;
  readonly #zookeeper: PlainZooKeeper;
  readonly #base: string;
  readonly #owned = new Map<number, Consumption>();
  #changed = Promise.resolve();
  #noteChange: () => void = () => {};
  #isChanged = false;
  #submittedAtMs = 0;
  #left = false;
  #ended: Promise<void> = Promise.resolve();

  private constructor(options: PeerOptions, zookeeper: PlainZooKeeper) {
    this.options = options;
    this.#zookeeper = zookeeper;
    this.#kafka = new PlainKafka(options.kafkaPeers, options.memberId);
    this.#base = `${options.chroot}/consumers/${options.group}`;
  }

  static async join(options: PeerOptions): Promise<GroupPeer> {
    const zookeeper = await PlainZooKeeper.connect(options.zookeeperPeers, options.sessionTimeoutMs ?? 3000);
    const peer = new GroupPeer(options, zookeeper);
    await peer.#submit();
    peer.#ended = peer.#run();
    return peer;
  }

  get owned(): number[] {
    return [...this.#owned.keys()].sort((a, b) => a - b);
  }

  get #ownNode(): string {
    return `${this.#base}/ids/${this.options.memberId}`;
  }

  async #submit(): Promise<void> {
    const text = JSON.stringify({
      subscription: { [this.options.topic]: 1 },
      pattern: 'static',
      timestamp: Math.floor(Date.now() / 1000),
      version: 1,
    });
    try {
      await this.#zookeeper.setData(this.#ownNode, text);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.#zookeeper.createPersistent(`${this.#base}/ids`);
      await this.#zookeeper.createEphemeral(this.#ownNode, text);
    }
    this.#submittedAtMs = performance.now();
  }

  async #run(): Promise<void> {
    while (!this.#left) {
      try {
        await this.#rebalance();
      } catch {
        if (!this.#left) await pause(retryBackoffMs);
      }
    }
  }

  /** One reading of the group, and what follows from it, until something changes. */
  async #rebalance(): Promise<void> {
    this.#isChanged = false;
    this.#changed = new Promise((resolve) => {
      this.#noteChange = () => {
        this.#isChanged = true;
        resolve();
      };
    });
    const members = await this.#readMembers();
    if (!members.includes(this.options.memberId)) await this.#submit();
    const assigned = split(await this.#kafka.partitions(this.options.topic), members, this.options.memberId);
    await Promise.all(this.owned.filter((partition) => !assigned.includes(partition)).map((p) => this.#release(p)));
    while (!this.#isChanged && !this.#left) {
      const claimed = await Promise.all(assigned.map((partition) => this.#claim(partition)));
      if (claimed.every(Boolean)) return this.#changed;
      // Whoever holds it may have overlooked that it is ours: a write of our node has everybody look again.
      if (performance.now() - this.#submittedAtMs > retryBackoffMs) await this.#submit();
      await Promise.race([this.#changed, pause(retryBackoffMs)]);
    }
  }

  async #readMembers(): Promise<string[]> {
    const onChange = () => this.#noteChange();
    const consuming: string[] = [];
    for (const id of await this.#zookeeper.children(`${this.#base}/ids`, onChange)) {
      try {
        const { text } = await this.#zookeeper.data(`${this.#base}/ids/${id}`, onChange);
        const { subscription } = JSON.parse(text) as { subscription: Record<string, number> };
        if (Object.hasOwn(subscription, this.options.topic)) consuming.push(id);
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    return consuming;
  }

  #ownerNode(partition: number): string {
    return `${this.#base}/owners/${this.options.topic}/${partition}`;
  }

  async #claim(partition: number): Promise<boolean> {
    if (this.#owned.has(partition)) return true;
    const { memberId, topic } = this.options;
    try {
      await this.#zookeeper.createEphemeral(this.#ownerNode(partition), memberId);
    } catch (error) {
      if (isMissing(error)) await this.#zookeeper.createPersistent(`${this.#base}/owners/${topic}`);
      else if (!isThere(error)) throw error;
      const { text } = await this.#zookeeper.data(this.#ownerNode(partition)).catch(() => ({ text: '' }));
      if (text !== memberId) return false;
    }
    this.#owned.set(partition, new Consumption(this, this.#kafka, partition));
    return true;
  }

  /** Stop, commit, and only then let go. */
  async #release(partition: number): Promise<void> {
    const consumption = this.#owned.get(partition);
    await consumption?.stop();
    await consumption?.commit();
    const { text, version } = await this.#zookeeper.data(this.#ownerNode(partition));
    if (text === this.options.memberId) await this.#zookeeper.remove(this.#ownerNode(partition), version);
    this.#owned.delete(partition);
  }

  /** Its member node goes first; the group goes with its last member. */
  async leave(): Promise<void> {
    this.#left = true;
    this.#noteChange();
    await this.#ended;
    await this.#zookeeper.remove(this.#ownNode);
    await Promise.all(this.owned.map((partition) => this.#release(partition)));
    await this.#cleanUp().catch(() => {});
    await this.#zookeeper.close();
    this.#kafka.close();
  }

  async #cleanUp(): Promise<void> {
    if ((await this.#zookeeper.children(`${this.#base}/ids`)).length > 0) return;
    for (const topic of await this.#zookeeper.children(`${this.#base}/owners`))
      await this.#zookeeper.remove(`${this.#base}/owners/${topic}`);
    for (const name of ['/owners', '/ids', '']) await this.#zookeeper.remove(`${this.#base}${name}`);
  }

  /** As a process that dies: nothing is committed, and its nodes stay until the session has timed out. */
  async kill(): Promise<void> {
    this.#left = true;
    this.#zookeeper.drop();
    this.#kafka.close();
    this.#noteChange();
    await Promise.all([...this.#owned.values()].map((consumption) => consumption.stop()));
    await this.#ended;
  }
}
