import type { Logger } from 'pino';
import type { InspectedDaemon } from '../../inspector/inspected.js';
import { inspected } from '../../daemon.js';
import type { Host } from '../../host/host.js';
import { Member } from './member.js';
import type { DemoPlace } from './place.js';
import { Readers } from './readers.js';
import { Traffic } from './traffic.js';

export interface StageOptions {
  readonly place: DemoPlace;
  readonly host: Host;
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** The daemons, their clients, and whoever keeps the record; members go by their ordinals, from 1. */
export class Stage {
  readonly readers: Readers;
  readonly traffic: Traffic;
  readonly #options: StageOptions;
  readonly #members = new Map<number, { readonly member: Member; readonly unfollow: () => void }>();

  constructor(options: StageOptions) {
    this.#options = options;
    const { place, host } = options;
    const { topic, group } = place;
    this.readers = new Readers(group);
    this.traffic = new Traffic({ clock: host.clock, topic, group, members: () => this.members });
  }

  /** Those that there are, by their ordinals. */
  get members(): readonly Member[] {
    return [...this.#members].sort(([a], [b]) => a - b).map(([, { member }]) => member);
  }

  get inspected(): readonly InspectedDaemon[] {
    return this.members.map(({ daemon, address }) => ({ ...inspected(daemon), listens: () => [address] }));
  }

  member(ordinal: number): Member {
    return this.#members.get(ordinal)!.member;
  }

  async start(ordinal: number): Promise<void> {
    const member = await Member.start({ ...this.#options, ordinal });
    this.#members.set(ordinal, { member, unfollow: this.readers.follow(member.daemon.bus) });
  }

  ask(ordinal: number): void {
    this.traffic.ask(this.member(ordinal));
  }

  stopAsking(ordinal: number): void {
    this.traffic.stopAsking(this.member(ordinal));
  }

  async stop(ordinal: number): Promise<void> {
    const { member, unfollow } = this.#members.get(ordinal)!;
    // It is still to be seen while it drains.
    await member.stop();
    this.traffic.stopAsking(member);
    unfollow();
    this.#members.delete(ordinal);
  }

  freeze(ordinal: number): void {
    const member = this.member(ordinal);
    member.freeze();
    this.readers.silence(member.name, this.#options.host.clock.nowMs());
  }

  async close(): Promise<void> {
    await this.traffic.stop();
    await Promise.all([...this.#members.keys()].map((ordinal) => this.stop(ordinal)));
  }
}
