import type { Logger } from 'pino';
import { TcpProxy } from '../../chaos/tcp-proxy.js';
import { parseAddress } from '../../config/config.js';
import { startDaemon, type Daemon } from '../../daemon.js';
import type { Host } from '../../host/host.js';
import { pausableHost, type PausableHost } from '../../host/pausable-host.js';
import { HttpClient } from './http-client.js';
import type { DemoPlace } from './place.js';
import type { ZooKeeperLink } from './zookeeper-link.js';

export interface MemberOptions {
  readonly ordinal: number;
  readonly place: DemoPlace;
  readonly host: Host;
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
}

interface MemberParts {
  readonly name: string;
  readonly daemon: Daemon;
  readonly host: PausableHost;
  readonly link: ZooKeeperLink;
  readonly front: TcpProxy;
}

/**
 * One daemon of the demo, and what can happen to it. What its clients say to it comes by way of a proxy, so that a frozen
 * daemon takes connections and says nothing, as a process does that is stopped.
 */
export class Member {
  /** As its addresses begin: `d1`. */
  readonly name: string;
  readonly daemon: Daemon;
  readonly client: HttpClient;
  readonly #parts: MemberParts;
  #isFrozen = false;

  private constructor(parts: MemberParts) {
    this.name = parts.name;
    this.daemon = parts.daemon;
    this.#parts = parts;
    this.client = new HttpClient(parts.front.address);
  }

  static async start({ ordinal, place, host: shared, log, onFatal }: MemberOptions): Promise<Member> {
    const host = pausableHost(shared);
    const { linkOf, ...ground } = await place.prepare(host);
    const command = 'kafka-pixy demo rebalance';
    const daemon = await startDaemon({ ...ground, host, log, command, ordinal, onFatal });
    const front = await TcpProxy.start({ target: parseAddress(daemon.addresses[0]!)!, clock: shared.clock });
    return new Member({ name: daemon.bus.name, daemon, host, link: linkOf(daemon.memberId), front });
  }

  /** `host:port` where its clients reach it. */
  get address(): string {
    return this.#parts.front.address;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** ZooKeeper does not hear it any more, nor it ZooKeeper. It runs on. */
  cutOff(): void {
    this.#parts.link.cut();
  }

  reconnect(): void {
    this.#parts.link.heal();
  }

  /** As a process that is stopped: nothing of it runs, and nobody hears of it. */
  freeze(): void {
    this.#isFrozen = true;
    const { host, link, front } = this.#parts;
    host.pause();
    link.cut();
    front.mode = { type: 'half-open' };
  }

  thaw(): void {
    this.#isFrozen = false;
    const { host, link, front } = this.#parts;
    link.heal();
    front.mode = { type: 'pass' };
    host.resume();
  }

  /** As a daemon that is told to stop. Whatever has happened to it is put right first. */
  async stop(): Promise<void> {
    if (this.#isFrozen) this.thaw();
    const { link, front, daemon } = this.#parts;
    link.heal();
    await daemon.drain();
    this.client.close();
    await Promise.all([link.close(), front.close()]);
  }
}
