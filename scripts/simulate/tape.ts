import type { BusRecord } from '../../src/actors/bus/types.js';
import { protocolVersion, type InspectRecord, type Recording } from '../../src/inspector/protocol.js';
import type { FaultRecord } from '../../src/verdict/history.js';
import { inspectRecord } from '../../src/inspector/translate.js';

const remark = (atMs: number, text: string): InspectRecord => ({ type: 'remark', atMs, address: '', text });

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

  /** `faults`: told as remarks, so that one can go from one to the next. */
  recording(faults: readonly FaultRecord[]): Recording {
    const remarks = faults.flatMap(({ text, fromMs, toMs }) => [
      remark(fromMs, `Fault: ${text}`),
      ...(toMs > fromMs ? [remark(toMs, `Taken back: ${text}`)] : []),
    ]);
    const records = [...this.#records, ...remarks].sort((a, b) => a.atMs - b.atMs);
    const daemons = [...this.#daemons]
      .sort()
      .map((name) => ({ name, memberIds: { default: `${name}.1` }, listens: [] }));
    const head = { protocol: protocolVersion, product: 'kafka-pixy', daemons, wallAtZeroMs: Date.UTC(2026, 0, 1) };
    return { format: 'kafka-pixy-recording', head, source: this.#source, records };
  }
}
