import type { ActorInfo, BusRecord, FlightEntry, FlightLog } from '../actors/bus/types.js';
import { detailOf } from './detail.js';
import type { ActorPicture, InspectRecord, StateValue } from './protocol.js';

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A record of the bus as the page takes it. */
export function inspectRecord(record: BusRecord): InspectRecord {
  const { atMs, address } = record;
  const place = { atMs, address };
  switch (record.type) {
    case 'spawn': {
      const { kind, parent, incarnation } = record;
      return { ...place, type: 'spawn', kind, ...(parent !== undefined && { parent }), incarnation };
    }
    case 'snapshot': {
      const { value, tags, event, taken } = record;
      return { ...place, type: 'state', value: value as StateValue, tags, by: event, taken };
    }
    case 'event': {
      const { from, event, joined } = record;
      return { ...place, type: 'event', name: event.type, ...fromOf(from), times: joined, ...detailOf(event) };
    }
    case 'ask': {
      const { from, request, served } = record;
      return { ...place, type: 'ask', name: request.type, ...fromOf(from), times: 1, served, ...detailOf(request) };
    }
    case 'outcome':
      return { ...place, type: 'outcome', name: record.request.type, outcome: record.outcome, times: 1 };
    case 'end': {
      const { end } = record;
      const reason = end.how === 'crashed' ? { reason: reasonOf(end.error) } : {};
      return { ...place, type: 'end', how: end.how, ...reason, gone: end.how !== 'crashed' || !end.willRestart };
    }
    case 'fault':
      return { ...place, type: 'fault', fault: record.fault.kind };
  }
}

const fromOf = (from: string | undefined) => (from === undefined ? {} : { from });

/** `display`: puts the daemon's name in front of an address. */
export function actorPicture(info: ActorInfo, display: (address: string) => string, parent?: string): ActorPicture {
  const { value, mailboxLength, openAsks, load, kind, incarnation, startedAtMs, tags, restarts } = info;
  return {
    address: display(info.address),
    kind,
    ...(parent !== undefined && { parent }),
    incarnation,
    startedAtMs,
    ...(value !== undefined && { value: value as StateValue }),
    tags,
    restarts,
    mailboxLength,
    openAsks,
    load,
  };
}

/** What the flight recorder of one actor holds, in order; the first says how it was, as far as that is known. */
export function flightRecords(flight: FlightLog): InspectRecord[] {
  return flight.entries.map((entry) => flightRecord(flight, entry));
}

function flightRecord({ address, kind, parent }: FlightLog, entry: FlightEntry): InspectRecord {
  const place = { atMs: entry.atMs, address };
  switch (entry.type) {
    case 'start':
      return {
        ...place,
        type: 'spawn',
        kind,
        ...(parent !== undefined && { parent }),
        incarnation: entry.incarnation,
      };
    case 'state':
      return { ...place, type: 'state', value: entry.value as StateValue, tags: entry.tags, by: entry.by, taken: [] };
    case 'event':
      return { ...place, type: 'event', name: entry.name, ...fromOf(entry.from), times: entry.times };
    case 'ask': {
      const { name, from, times, served } = entry;
      return { ...place, type: 'ask', name, ...fromOf(from), times, served };
    }
    case 'outcome':
      return { ...place, type: 'outcome', name: entry.name, outcome: entry.outcome, times: entry.times };
    case 'end': {
      const { end } = entry;
      const reason = end.how === 'crashed' ? { reason: reasonOf(end.error) } : {};
      return { ...place, type: 'end', how: end.how, ...reason, gone: end.how !== 'crashed' || !end.willRestart };
    }
    case 'fault':
      return { ...place, type: 'fault', fault: entry.fault.kind };
  }
}
