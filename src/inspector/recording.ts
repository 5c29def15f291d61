import { displayAddress } from '../actors/bus/address.js';
import type { ActorInfo, FlightEntry, FlightLog } from '../actors/bus/types.js';
import type { InspectedDaemon } from './inspected.js';
import type { ActorPicture, InspectRecord, Recording, StateValue, StreamHead } from './protocol.js';
import { actorPicture, flightRecords } from './translate.js';

/** Entries of flight recorders in one recording, of all actors together: at 130 bytes each about 7 MB of JSON. */
const recordingEntriesMax = 50_000;
/** Of one actor, however many there are; so a recording of very many actors is longer than that. */
const entriesPerActorMin = 8;
/** In one piece of the text. */
const recordsPerPieceMax = 500;

/** Flight recorders of one daemon, and what is known of those of its actors that live. */
export interface RecordedFlights {
  readonly flights: readonly FlightLog[];
  /** By displayed address. */
  readonly living: ReadonlyMap<string, ActorPicture>;
}

/**
 * The flight recorders of all these daemons as one recording. It ends with a sample of each actor that lives; of what was
 * before it begins nothing is known but the state that each was in.
 */
export function recordFlights(
  daemons: readonly InspectedDaemon[],
  head: StreamHead,
  entriesMax = recordingEntriesMax,
): Recording {
  const infos = daemons.map(({ bus }) => bus.actors());
  const actors = infos.reduce((sum, list) => sum + list.length, 0);
  const perActorMax = Math.max(entriesPerActorMin, Math.floor(entriesMax / Math.max(1, actors)));
  const recorded = daemons.map(({ bus }, at) => ({
    flights: bus.flights(perActorMax),
    living: picturesOf(bus.name, infos[at]!),
  }));
  const nowMs = Math.max(0, ...daemons.map(({ bus }) => bus.host.clock.nowMs()));
  return recordingOf(recorded, { head, source: 'flight recorders', nowMs });
}

export function recordingOf(
  daemons: readonly RecordedFlights[],
  { head, source, nowMs }: { readonly head: StreamHead; readonly source: string; readonly nowMs: number },
): Recording {
  const beginMs = daemons.reduce((first, { flights }) => Math.min(first, beginOf(flights)), nowMs);
  const placed = daemons.flatMap((daemon, at) => placedRecords(daemon, at, beginMs));
  placed.sort((a, b) => a.record.atMs - b.record.atMs || a.daemon - b.daemon || a.order - b.order);
  const present = daemons.flatMap((daemon) => presentRecords(daemon, nowMs));
  return { format: 'kafka-pixy-recording', head, source, records: [...placed.map(({ record }) => record), ...present] };
}

/** The recording as JSON, in pieces: whoever sends it lets others have their turn between two of them. */
export function* recordingText({ records, ...rest }: Recording): Generator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"records":[`;
  for (let from = 0; from < records.length; from += recordsPerPieceMax) {
    const piece = JSON.stringify(records.slice(from, from + recordsPerPieceMax));
    yield `${from === 0 ? '' : ','}${piece.slice(1, -1)}`;
  }
  yield ']}\n';
}

/** A record in its place: of daemons nothing is known but the time, within one `order` counts. */
interface Placed {
  readonly record: InspectRecord;
  readonly daemon: number;
  readonly order: number;
}

function picturesOf(name: string, infos: readonly ActorInfo[]): Map<string, ActorPicture> {
  const display = (address: string) => displayAddress(name, address);
  return new Map(infos.map((info) => [display(info.address), actorPicture(info, display)]));
}

const beginOf = (flights: readonly FlightLog[]): number =>
  flights.reduce((first, { entries }) => Math.min(first, entries[0]?.atMs ?? Infinity), Infinity);

function placedRecords({ flights, living }: RecordedFlights, daemon: number, beginMs: number): Placed[] {
  const placed: Placed[] = [];
  /** Where the one before at an address ended: who took the address after it did not live earlier. */
  const ends = new Map<string, { readonly atMs: number; readonly order: number }>();
  const endedFirst = [...flights].sort((a, b) => Number(a.lives) - Number(b.lives));
  for (const flight of endedFirst) {
    const { address, entries } = flight;
    const earlier = ends.get(address);
    const actor = pictureBefore(flight, living.get(address), beginMs);
    if (actor) {
      const { atMs, order } = earlier ?? { atMs: beginMs, order: -1 };
      placed.push({ record: { atMs, address, type: 'actor', actor }, daemon, order });
    }
    flightRecords(flight).forEach((record, at) => placed.push({ record, daemon, order: entries[at]!.order }));
    if (!flight.lives) ends.set(address, entries.at(-1) ?? { atMs: beginMs, order: -1 });
  }
  return placed;
}

const isTurn = ({ type }: FlightEntry): boolean => type === 'start' || type === 'state';

/** How an actor was before the first entry; `undefined`: it began later, or never ran. */
function pictureBefore(
  { address, kind, parent, incarnation: last, stateBefore, tagsBefore, entries }: FlightLog,
  now: ActorPicture | undefined,
  beginMs: number,
): ActorPicture | undefined {
  const first = entries.find(isTurn);
  const start = entries.find((entry) => entry.type === 'start');
  if (start && start === first && start.incarnation === 1) return undefined;
  if (!first && stateBefore === undefined) return undefined;
  const incarnation = start ? start.incarnation - 1 : last;
  const value = start && start === first ? 'restarting' : stateBefore;
  return {
    address,
    kind,
    ...(parent !== undefined && { parent }),
    incarnation,
    startedAtMs: start || !now ? beginMs : now.startedAtMs,
    ...(value !== undefined && { value: value as StateValue }),
    tags: value === stateBefore ? tagsBefore : [],
    restarts: Math.max(0, incarnation - 1),
    mailboxLength: 0,
    openAsks: 0,
    load: {},
  };
}

/** Of each that lives, what it has waiting; the whole of it where no entry tells of it. */
function presentRecords({ flights, living }: RecordedFlights, atMs: number): InspectRecord[] {
  const logs = new Map(flights.flatMap((flight) => (flight.lives ? [[flight.address, flight] as const] : [])));
  return [...living.values()].map((actor): InspectRecord => {
    const { address, mailboxLength, openAsks, load } = actor;
    const log = logs.get(address);
    if (log && (log.stateBefore !== undefined || log.entries.some(isTurn))) {
      return { atMs, address, type: 'sample', sample: { mailboxLength, openAsks, load } };
    }
    return {
      atMs,
      address,
      type: 'actor',
      actor: log?.parent === undefined ? actor : { ...actor, parent: log.parent },
    };
  });
}
