import type { BusRecord } from '../actors/bus/types.js';
import type { Subject } from './subject.js';

/** What an actor went through at some moment, and how near that is to what a story is about. */
export interface Sighting {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  /** Smaller: nearer. */
  readonly distance: number;
}

interface Seen {
  readonly atMs: number;
  readonly address: string;
  readonly type: 'state' | 'ask' | 'end' | 'fault';
  readonly what: string;
}

/** Sessions and batchers go through these again and again, and nothing comes of them. */
const restless = new Set(['open.suspect', 'open.overdue', 'open.connecting.trying', 'busy.inFlight']);
/** A batcher that was in no other state has nothing to tell. */
const ordinary = new Set(['empty', 'drained']);

/** Gathers what a story can be told of while a run goes on: the states of actors, their ends, and what they were asked. */
export class Witness {
  readonly #seen: Seen[] = [];
  /** By address. */
  readonly #states = new Map<string, string>();
  /** When the last daemon was told to stop: all of them are, when a run is over. */
  stopMs = Infinity;

  tap = (_daemon: string, record: BusRecord): void => {
    const { atMs, address } = record;
    const note = (type: Seen['type'], what: string): void => void this.#seen.push({ atMs, address, type, what });
    switch (record.type) {
      case 'snapshot': {
        const state = stateText(record.value);
        if (this.#states.get(address) === state || restless.has(state)) return;
        this.#states.set(address, state);
        if (address.endsWith(':') && state === 'draining') this.stopMs = atMs;
        return note('state', state);
      }
      case 'ask':
        return note('ask', `is asked: ${record.request.type}`);
      case 'outcome':
        return note('ask', `outcome of ${record.request.type}: ${record.outcome}`);
      case 'spawn':
        return void this.#states.delete(address);
      case 'end':
        return record.end.how === 'crashed'
          ? note('end', 'crashes')
          : note(
              'end',
              record.end.how === 'done' ? 'ends' : `is ended while ${this.#states.get(address) ?? 'starting'}`,
            );
      case 'fault':
        return note('fault', `is struck: ${record.fault.kind}`);
      case 'event':
    }
  };

  /** Of what the story is about: its owners and batchers, the sessions of their daemons, or the actor itself and those around it. */
  sightingsOf(subject: Subject): Sighting[] {
    const eventful = new Set(
      this.#seen.filter(({ type, what }) => type === 'state' && !ordinary.has(what)).map(({ address }) => address),
    );
    return this.#seen.flatMap(({ atMs, address, type, what }) => {
      const isBatcher = /\/producer\/[^/]+\/\d+$/.test(address);
      if (isBatcher && address !== subject.address && !eventful.has(address)) return [];
      const distance = type === 'fault' ? 0 : distanceTo(subject, address, type);
      return distance === undefined ? [] : [{ atMs, who: nameOf(address), what, distance }];
    });
  }
}

function distanceTo(subject: Subject, address: string, type: Seen['type']): number | undefined {
  const daemon = address.slice(0, address.indexOf(':'));
  const isOfThese = subject.daemons.size === 0 || subject.daemons.has(daemon);
  const isActor = subject.address !== undefined && subject.address === address;
  // Where a message is told of, so is what was asked for it.
  if (type === 'ask') return isActor && subject.partitions.size === 0 ? 3 : undefined;
  if (isActor) return 1;
  if (type === 'end') return subject.address === `${daemon}:` ? 4 : undefined;
  const owner = /\/group\/([^/]+)\/topic\/([^/]+)\/partition\/(\d+)$/.exec(address);
  if (owner) {
    const isOfGroup = subject.groups.size === 0 || subject.groups.has(owner[1]!);
    return isOfGroup && subject.partitions.has(`${owner[2]}/${owner[3]}`) ? 2 : undefined;
  }
  const batcher = /\/producer\/([^/]+)\/(\d+)$/.exec(address);
  if (batcher) return subject.partitions.has(`${batcher[1]}/${batcher[2]}`) && subject.posts.size > 0 ? 5 : undefined;
  if (!isOfThese) return undefined;
  if (address.endsWith('/zookeeper')) return 4;
  if (subject.address?.startsWith(`${address}/`) || (subject.places.size === 0 && address.endsWith(':'))) return 3;
  return subject.address !== undefined && address.startsWith(`${subject.address}/`) ? 4 : undefined;
}

/** As people call it: `d1's owner of orders/2 for group auto`. */
export function nameOf(address: string): string {
  const daemon = address.slice(0, address.indexOf(':'));
  const path = address.slice(address.indexOf(':') + 1).replace(/^[^/]*\/?/, '');
  const read = (pattern: RegExp, name: (...parts: string[]) => string): string | undefined => {
    const match = pattern.exec(path);
    return match ? `${daemon}'s ${name(...match.slice(1).map(decodeURIComponent))}` : undefined;
  };
  return (
    read(/^group\/([^/]+)\/topic\/([^/]+)\/partition\/(\d+)$/, (g, t, p) => `owner of ${t}/${p} for group ${g}`) ??
    read(/^group\/([^/]+)\/topic\/([^/]+)$/, (g, t) => `subscription of group ${g} to ${t}`) ??
    read(/^group\/([^/]+)\/fetcher\/(\d+)$/, (g, b) => `fetcher of group ${g} at broker ${b}`) ??
    read(/^group\/([^/]+)\/committer$/, (g) => `committer of group ${g}`) ??
    read(/^group\/([^/]+)$/, (g) => `membership in group ${g}`) ??
    read(/^producer\/([^/]+)\/(\d+)$/, (t, p) => `batcher of ${t}/${p}`) ??
    read(/^producer\/([^/]+)$/, (t) => `producer of ${t}`) ??
    read(/^sender\/(\d+)$/, (b) => `sender to broker ${b}`) ??
    read(/^zookeeper$/, () => 'ZooKeeper session') ??
    (path === '' ? daemon : `${daemon}'s ${path}`)
  );
}

const stateText = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : Object.entries(value as object)
        .map(([name, inner]) => `${name}.${stateText(inner)}`)
        .join(' & ');
