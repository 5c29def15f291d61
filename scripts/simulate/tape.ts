import type { BusRecord } from '../../src/actors/bus/types.js';
import { protocolVersion, type InspectRecord, type Recording } from '../../src/inspector/protocol.js';
import { inspectRecord } from '../../src/inspector/translate.js';

/** Writes a simulated run down as the inspector's page plays it. */
export class Tape {
  readonly #source: string;
  readonly #records: InspectRecord[] = [];
  readonly #daemons = new Set<string>();

  constructor(source: string) {
    this.#source = source;
  }

  readonly tap = (daemon: string, record: BusRecord): void => {
    this.#daemons.add(daemon);
    this.#records.push(inspectRecord(record));
  };

  recording(): Recording {
    const daemons = [...this.#daemons]
      .sort()
      .map((name) => ({ name, memberIds: { default: `${name}.1` }, listens: [] }));
    const head = { protocol: protocolVersion, product: 'kafka-pixy', daemons, wallAtZeroMs: Date.UTC(2026, 0, 1) };
    return { format: 'kafka-pixy-recording', head, source: this.#source, records: this.#records };
  }
}
