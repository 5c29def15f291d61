import type { BusRecord } from '../actors/bus/types.js';
import type { Clock } from '../host/host.js';
import { GroupWatch, type GroupOutcome } from './group-watch.js';
import type { InspectedDaemon } from './inspected.js';
import type { InspectRecord, ServerFrame } from './protocol.js';
import type { ViewerSocket } from './viewer.js';

export interface GroupWatchesOptions {
  readonly clock: Clock;
  readonly daemons: () => readonly InspectedDaemon[];
  /** A reading: for everybody. */
  readonly onRecord: (record: InspectRecord) => void;
  /** For one viewer. */
  readonly onFrame: (socket: ViewerSocket, frame: ServerFrame) => void;
}

interface GroupName {
  readonly cluster: string;
  readonly group: string;
}

interface Watched {
  readonly watch: GroupWatch;
  readonly viewers: Set<ViewerSocket>;
}

/** What a desk tells itself of each question. */
const questionEvents = new Set(['question.asked', 'question.settled']);

const keyOf = ({ cluster, group }: GroupName): string => JSON.stringify([cluster, group]);

/** The groups that are read, each once, however many viewers watch it; one for each viewer at most. */
export class GroupWatches {
  readonly #options: GroupWatchesOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #keys = new Map<ViewerSocket, string>();

  constructor(options: GroupWatchesOptions) {
    this.#options = options;
  }

  /** This one from now on, instead of the one before; `null`: none. */
  watch(socket: ViewerSocket, name: GroupName | null): void {
    this.#leave(socket);
    if (!name) return;
    const key = keyOf(name);
    let watched = this.#watched.get(key);
    if (!watched) this.#watched.set(key, (watched = this.#begin(name)));
    watched.viewers.add(socket);
    watched.watch.tellAnew();
    this.#keys.set(socket, key);
  }

  note(record: BusRecord): void {
    for (const { watch } of this.#watched.values()) watch.note(record);
  }

  /** Whether a record is there only because groups are read for the page. */
  causes(record: BusRecord): boolean {
    switch (record.type) {
      case 'ask':
      case 'outcome':
        return record.request.type === 'group.read' || record.request.type === 'groups.list';
      case 'event':
        return questionEvents.has(record.event.type) && this.#isReading();
      default:
        return false;
    }
  }

  step(nowMs: number): void {
    for (const { watch } of this.#watched.values()) watch.step(nowMs);
  }

  #isReading(): boolean {
    for (const { watch } of this.#watched.values()) if (watch.isUnderWay) return true;
    return false;
  }

  #begin(name: GroupName): Watched {
    const viewers = new Set<ViewerSocket>();
    const { clock, daemons } = this.#options;
    const onOutcome = (outcome: GroupOutcome) => this.#tell(name, viewers, outcome);
    return { viewers, watch: new GroupWatch({ ...name, clock, daemons, onOutcome }) };
  }

  #leave(socket: ViewerSocket): void {
    const key = this.#keys.get(socket);
    if (key === undefined) return;
    this.#keys.delete(socket);
    const { watch, viewers } = this.#watched.get(key)!;
    viewers.delete(socket);
    if (viewers.size > 0) return;
    watch.end();
    this.#watched.delete(key);
  }

  #tell({ cluster, group }: GroupName, viewers: ReadonlySet<ViewerSocket>, outcome: GroupOutcome): void {
    if (outcome.kind === 'read') {
      const { readBy, picture } = outcome;
      this.#options.onRecord({ type: 'group', atMs: this.#options.clock.nowMs(), address: readBy, group: picture });
      return;
    }
    const { reason } = outcome;
    for (const socket of viewers) this.#options.onFrame(socket, { type: 'unreadable-group', cluster, group, reason });
  }
}
