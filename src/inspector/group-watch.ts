import { addressOf } from '../actors/addresses.js';
import { displayAddress, isBelow } from '../actors/bus/address.js';
import type { BusRecord } from '../actors/bus/types.js';
import { isGroupName } from '../actors/names.js';
import type { GroupReading, GroupReadRequest, GroupsListRequest } from '../actors/requests.js';
import type { Clock } from '../host/host.js';
import type { InspectedDaemon } from './inspected.js';
import type { GroupPicture } from './protocol.js';

/** How often a group is read that nothing seems to happen to. */
export const readEveryMs = 500;
/** A reading that is like the one before is told of only so often. */
const unchangedEveryMs = 2000;
/** Reading takes at most a fifth of the time: a pause is that many times as long as the reading before it. */
const pausePerReading = 4;
const answerMaxMs = 2000;

/** What came of reading a group. */
export type GroupOutcome =
  | { readonly kind: 'read'; readonly picture: GroupPicture; readonly readBy: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

export interface GroupWatchOptions {
  readonly cluster: string;
  readonly group: string;
  readonly clock: Clock;
  readonly daemons: () => readonly InspectedDaemon[];
  /** Called for each that is news. */
  readonly onOutcome: (outcome: GroupOutcome) => void;
}

const hasCluster = (cluster: string) => (daemon: InspectedDaemon) => Object.hasOwn(daemon.memberIds, cluster);

/** Reads one group from ZooKeeper, again and again: soon after something happened to its actors, else now and then. */
export class GroupWatch {
  readonly #options: GroupWatchOptions;
  readonly #ended = new AbortController();
  readonly #actors: string;
  #underWay = false;
  #nextAtMs = -Infinity;
  #promptAtMs = -Infinity;
  #prompted = true;
  #toldAtMs = -Infinity;
  #last = '';
  /** Who answered last is asked first. */
  #preferred: InspectedDaemon | undefined;

  constructor(options: GroupWatchOptions) {
    this.#options = options;
    this.#actors = isGroupName(options.group) ? addressOf.group(options.cluster, options.group) : '';
  }

  get isUnderWay(): boolean {
    return this.#underWay;
  }

  /** Heeds a record of a bus. What only passes through changes nothing that ZooKeeper holds. */
  note({ type, address }: BusRecord): void {
    if (this.#prompted || (type !== 'snapshot' && type !== 'spawn' && type !== 'end')) return;
    const plain = address.slice(address.indexOf(':') + 1);
    this.#prompted = plain === this.#actors || isBelow(plain, this.#actors);
  }

  /** The next outcome is news, whatever it is: somebody new waits for it. */
  tellAnew(): void {
    this.#prompted = true;
    this.#last = '';
  }

  /** Called at each flush. */
  step(nowMs: number): void {
    if (this.#underWay || nowMs < (this.#prompted ? this.#promptAtMs : this.#nextAtMs)) return;
    this.#underWay = true;
    this.#prompted = false;
    void this.#read(nowMs);
  }

  /** What is under way is given up; nothing is told any more. */
  end(): void {
    this.#ended.abort();
  }

  async #read(beganAtMs: number): Promise<void> {
    const { clock, onOutcome } = this.#options;
    const outcome = await this.#ask();
    this.#underWay = false;
    if (this.#ended.signal.aborted) return;
    const nowMs = clock.nowMs();
    this.#promptAtMs = nowMs + pausePerReading * (nowMs - beganAtMs);
    this.#nextAtMs = Math.max(this.#promptAtMs, nowMs + readEveryMs);
    const text = JSON.stringify(outcome);
    if (text === this.#last && (outcome.kind === 'unreadable' || nowMs < this.#toldAtMs + unchangedEveryMs)) return;
    this.#last = text;
    this.#toldAtMs = nowMs;
    onOutcome(outcome);
  }

  async #ask(): Promise<GroupOutcome> {
    const { cluster, group, daemons } = this.#options;
    const able = daemons().filter(hasCluster(cluster));
    if (able.length === 0) return { kind: 'unreadable', reason: `No daemon here has a cluster ${cluster}.` };
    if (!isGroupName(group)) return { kind: 'unreadable', reason: `No group can have the name ${group}.` };
    const inTurn = able.sort((a, b) => Number(b === this.#preferred) - Number(a === this.#preferred));
    let reason = '';
    for (const daemon of inTurn) {
      const request: GroupReadRequest = { type: 'group.read', group };
      const answer = await askDesk<GroupReading>(daemon, cluster, request, this.#ended.signal);
      if (answer.value) {
        this.#preferred = daemon;
        const { members, owners, truncated } = answer.value;
        const picture = { cluster, group, members, owners, ...(truncated && { truncated }) };
        return { kind: 'read', picture, readBy: displayAddress(daemon.bus.name, '') };
      }
      reason = answer.reason;
    }
    return { kind: 'unreadable', reason };
  }
}

/** Names of all groups of the cluster; none where nobody can tell. */
export async function listGroups(
  daemons: readonly InspectedDaemon[],
  cluster: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  for (const daemon of daemons.filter(hasCluster(cluster))) {
    const request: GroupsListRequest = { type: 'groups.list' };
    const answer = await askDesk<readonly string[]>(daemon, cluster, request, signal);
    if (answer.value) return answer.value;
  }
  return [];
}

async function askDesk<R>(
  { bus }: InspectedDaemon,
  cluster: string,
  request: GroupReadRequest | GroupsListRequest,
  signal: AbortSignal,
): Promise<{ readonly value: R; readonly reason?: never } | { readonly value?: never; readonly reason: string }> {
  const outcome = await bus.ask<R>(addressOf.consumers(cluster), request as never, { deadlineMs: answerMaxMs, signal });
  switch (outcome.kind) {
    case 'reply':
      return { value: outcome.value };
    case 'refused':
      return { reason: outcome.error.message };
    case 'deadline':
      return { reason: 'ZooKeeper did not answer in time.' };
    case 'cancelled':
      return { reason: 'Nobody asks any more.' };
  }
}
