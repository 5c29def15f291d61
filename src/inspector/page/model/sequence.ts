import type { SequenceRecord } from './picture.js';
import { placeOf } from './place.js';
import { stateText } from './states.js';
import type { StateValue } from '../../protocol.js';

/** Actors side by side. */
export const lanesMax = 12;
/** Rows that are drawn from; older ones are left out. */
export const sequenceRowsMax = 2000;
/** Requests of one name to one actor whose outcomes are awaited. */
const openAsksMax = 1000;
/** Where requests come from, and events that nobody in here sent. */
export const outside = 'outside';

export interface SequenceFilter {
  /** Words that the address, or the event's name, has to contain, all of them. */
  readonly text: string;
  /** `cluster/group`; undefined: all. */
  readonly group?: string | undefined;
  readonly topic?: string | undefined;
}

export interface SequenceRow {
  readonly atMs: number;
  readonly type: SequenceRecord['type'];
  /** Address of the lane it begins at; of a state and an end the same as `to`. `outside`: none of the actors. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly times: number;
  /** Of an outcome, unless it is a plain reply: what it was. */
  readonly isBad: boolean;
  readonly value?: StateValue;
}

export interface Sequence {
  /** Addresses, `outside` first where anything came from there, the others by address. */
  readonly lanes: readonly string[];
  /** Oldest first. */
  readonly rows: readonly SequenceRow[];
  /** Actors that fit, and have no lane because others were busier. */
  readonly leftOut: number;
}

/** Who said what to whom: of all that came to actors, what fits the filter, between the busiest of them. */
export function sequenceOf(records: readonly SequenceRecord[], filter: SequenceFilter): Sequence {
  const fits = fitting(filter);
  const rows = rowsOf(records).filter((row) => fits(row));
  const traffic = new Map<string, number>();
  for (const { from, to, times, type } of rows) {
    // What an actor tells itself is of less interest here than what it tells others, and its states are of the least.
    const weight = type === 'state' || type === 'end' ? 0.01 : from === to ? times / 10 : times;
    traffic.set(to, (traffic.get(to) ?? 0) + weight);
    if (from !== to) traffic.set(from, (traffic.get(from) ?? 0) + weight);
  }
  const fromOutside = traffic.delete(outside);
  const busiest = [...traffic].sort(([, one], [, other]) => other - one).slice(0, lanesMax - (fromOutside ? 1 : 0));
  const lanes = [...(fromOutside ? [outside] : []), ...busiest.map(([address]) => address).sort(byAddress)];
  const shown = new Set(lanes);
  return {
    lanes,
    rows: rows.filter(({ from, to }) => shown.has(from) && shown.has(to)).slice(-sequenceRowsMax),
    leftOut: traffic.size - busiest.length,
  };
}

const byAddress = (one: string, other: string): number => one.localeCompare(other, 'en', { numeric: true });

function rowsOf(records: readonly SequenceRecord[]): SequenceRow[] {
  /** Who asked, by the one asked and the request's name; outcomes come in the order of the requests, as far as can be known. */
  const askers = new Map<string, { readonly from: string; readonly times: number }[]>();
  return records.map((record): SequenceRow => {
    const { atMs, type, address: to } = record;
    switch (record.type) {
      case 'event':
        return row(atMs, type, record.from ?? outside, to, record.name, record.times);
      case 'ask': {
        const from = record.from ?? outside;
        const key = `${to} ${record.name}`;
        const open = askers.get(key) ?? [];
        askers.set(key, open);
        if (open.length < openAsksMax) open.push({ from, times: record.times });
        return row(atMs, type, from, to, record.name, record.times);
      }
      case 'outcome': {
        const asker = askers.get(`${to} ${record.name}`)?.shift()?.from ?? outside;
        const text = record.outcome === 'reply' ? record.name : `${record.name}: ${record.outcome}`;
        return { ...row(atMs, type, to, asker, text, record.times), isBad: record.outcome === 'refused' };
      }
      case 'state':
        return { ...row(atMs, type, to, to, stateText(record.value), 1), value: record.value };
      case 'end':
        return { ...row(atMs, type, to, to, record.how, 1), isBad: record.how === 'crashed' };
    }
  });
}

const row = (atMs: number, type: SequenceRow['type'], from: string, to: string, text: string, times: number) => ({
  atMs,
  type,
  from,
  to,
  text,
  times,
  isBad: false,
});

function fitting({ text, group, topic }: SequenceFilter): (row: SequenceRow) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const known = new Map<string, boolean>();
  const isWithin = (address: string): boolean => {
    let within = known.get(address);
    if (within === undefined) {
      const place = placeOf(address);
      within =
        (group === undefined || `${place.cluster}/${place.group}` === group) &&
        (topic === undefined || place.topic === topic);
      known.set(address, within);
    }
    return within;
  };
  const isFree = group === undefined && topic === undefined;
  return ({ from, to, text: name }) => {
    if (!isFree && !isWithin(from) && !isWithin(to)) return false;
    if (words.length === 0) return true;
    const haystack = `${from} ${to} ${name}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  };
}
