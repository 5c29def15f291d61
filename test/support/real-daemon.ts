import { pino } from 'pino';
import { validateConfig, type Config, type ConfigInput } from '../../src/config/config.js';
import { startDaemon, type Daemon } from '../../src/daemon.js';
import { realHost } from '../../src/host/real-host.js';

/** Short times, so that a test sees in seconds what a user sees in tens of them. */
export function testConfig(
  at: { kafkaPeers: string; zookeeperPeers: string; chroot: string },
  more: ConfigInput = {},
): Config {
  return validateConfig({
    tcpAddr: '127.0.0.1:0',
    grpcAddr: '',
    drainTimeoutMs: 10_000,
    ...more,
    clusters: {
      default: {
        kafka: { seedPeers: at.kafkaPeers.split(',') },
        zookeeper: { seedPeers: at.zookeeperPeers.split(','), chroot: at.chroot, sessionTimeoutMs: 3000 },
        consumer: { longPollingTimeoutMs: 1000, subscriptionTimeoutMs: 3000 },
      },
    },
  });
}

let ordinal = 0;

/** A daemon in this process, on a free port. `url` is where its HTTP API is. */
export async function testDaemon(config: Config): Promise<Daemon & { readonly url: string }> {
  const daemon = await startDaemon({
    config,
    host: realHost(),
    log: pino({ level: process.env.PIXY_LOG_LEVEL ?? 'silent' }),
    command: 'kafka-pixy',
    ordinal: ++ordinal,
    onFatal: (error) => {
      throw error;
    },
  });
  return { ...daemon, url: `http://${daemon.addresses[0]}` };
}

/** Looks again and again until `probe` gives something; fails with what it saw last after a generous while. */
export async function eventually<T>(
  probe: () => Promise<T | undefined>,
  what: string,
  deadlineMs = 45_000,
): Promise<T> {
  const endAtMs = performance.now() + deadlineMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > endAtMs) throw new Error(`it did not come about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface Message {
  readonly key: string | null;
  readonly value: string;
  readonly partition: number;
  readonly offset: number;
}

const text = (base64: string | null) => (base64 === null ? null : Buffer.from(base64, 'base64').toString());

/** One topic of one daemon, over HTTP. */
export class TopicClient {
  readonly url: string;

  constructor(daemonUrl: string, topic: string) {
    this.url = `${daemonUrl}/topics/${topic}`;
  }

  async post(value: string, parameters: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.url}/messages?${new URLSearchParams(parameters)}`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: value,
    });
    return { status: response.status, body: await response.json() };
  }

  async postSync(
    value: string,
    parameters: Record<string, string> = {},
  ): Promise<{ partition: number; offset: number }> {
    const { status, body } = await this.post(value, { sync: '', ...parameters });
    if (status !== 200) throw new Error(`sync post answered ${status} ${JSON.stringify(body)}`);
    return body as { partition: number; offset: number };
  }

  /** `undefined`: none in time; the reason is in `lastReason`. */
  async get(group: string): Promise<Message | undefined> {
    const response = await fetch(`${this.url}/messages?group=${group}`);
    const body = (await response.json()) as { key: string | null; value: string; partition: number; offset: number };
    this.lastReason = response.headers.get('X-Pixy-Reason');
    if (response.status === 408) return undefined;
    if (response.status !== 200) throw new Error(`consume answered ${response.status} ${JSON.stringify(body)}`);
    return { ...body, key: text(body.key), value: text(body.value)! };
  }

  lastReason: string | null = null;

  async consumers(group?: string): Promise<Record<string, Record<string, number[]>>> {
    const response = await fetch(`${this.url}/consumers${group === undefined ? '' : `?group=${group}`}`);
    return (await response.json()) as Record<string, Record<string, number[]>>;
  }

  async offsets(group: string): Promise<{ partition: number; offset: number; end: number; lag: number }[]> {
    const response = await fetch(`${this.url}/offsets?group=${group}`);
    if (response.status !== 200) throw new Error(`offsets answered ${response.status} ${await response.text()}`);
    return (await response.json()) as { partition: number; offset: number; end: number; lag: number }[];
  }

  async setOffsets(group: string, offsets: { partition: number; offset: number }[]): Promise<number> {
    const response = await fetch(`${this.url}/offsets?group=${group}`, {
      method: 'POST',
      body: JSON.stringify(offsets),
    });
    await response.text();
    return response.status;
  }

  /** How many partitions each owner has, by descending count. */
  async shares(group: string): Promise<string> {
    const owners = (await this.consumers())[group] ?? {};
    return Object.values(owners)
      .map((partitions) => partitions.length)
      .sort((a, b) => b - a)
      .join(',');
  }
}

/** Polls on and on until stopped, and keeps what it got. */
export class Poller {
  readonly messages: Message[] = [];
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor(client: TopicClient, group: string) {
    this.#ended = (async () => {
      while (!this.#stopped) {
        const message = await client.get(group);
        if (message) this.messages.push(message);
      }
    })();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended.catch(() => undefined);
  }
}
