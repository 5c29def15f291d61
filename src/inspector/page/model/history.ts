import type { ActorPicture, InspectRecord, Recording, StreamHead } from '../../protocol.js';
import type { ActorView } from './picture.js';
import { World } from './world.js';

/** Records that are kept of what was seen. */
export const historyRecordsMax = 100_000;
/** Dropped at once, so that each costs next to nothing. */
const droppedTogether = 1000;

/** What the page has seen, to be saved and to be looked at again: the last records, and how everything was before them. */
export class History {
  /** Changes when a daemon of the process comes or goes. */
  head: StreamHead;
  readonly #max: number;
  #before: World;
  #records: InspectRecord[] = [];

  constructor(head: StreamHead, max = historyRecordsMax) {
    this.head = head;
    this.#max = max;
    this.#before = new World(head);
  }

  add(records: readonly InspectRecord[]): void {
    for (const record of records) this.#records.push(record);
    while (this.#records.length >= this.#max + droppedTogether)
      this.#before.applyAll(this.#records.splice(0, droppedTogether));
  }

  get length(): number {
    return this.#records.length;
  }

  recording(source: string): Recording {
    const records = [...beginning(this.#before), ...this.#records];
    return { format: 'kafka-pixy-recording', head: this.head, source, records };
  }
}

/** Records that make another world like this one, but for what its actors went through. */
function beginning(world: World): InspectRecord[] {
  const atMs = world.nowMs;
  const actors = [...world.actors.values()].filter(({ goneAtMs }) => goneAtMs === undefined);
  return [
    ...actors.map((actor): InspectRecord => {
      return { type: 'actor', atMs, address: actor.address, actor: pictureOf(actor) };
    }),
    ...[...world.readings.values()].map(({ readBy, picture }): InspectRecord => {
      return { type: 'group', atMs, address: readBy, group: picture };
    }),
  ];
}

function pictureOf(actor: ActorView): ActorPicture {
  const { address, kind, parent, incarnation, startedAtMs, value, tags, restarts, sample } = actor;
  return {
    address,
    kind,
    ...(parent !== undefined && { parent }),
    incarnation,
    startedAtMs,
    ...(value !== undefined && { value }),
    tags,
    restarts,
    ...sample,
  };
}
