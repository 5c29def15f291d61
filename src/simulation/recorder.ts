import type { BusRecord } from '../actors/bus/types.js';
import type { Clock } from '../host/host.js';
import type { Kafka } from '../kafka/port.js';
import { decodeSparseAcks } from '../machines/sparse-acks.js';
import { AskBook } from './ask-book.js';
import type {
  Ack,
  Breach,
  Commit,
  Delivery,
  FaultCost,
  FaultRecord,
  Hang,
  LostAnswer,
  Post,
  PositionSet,
  Tenure,
} from '../verdict/history.js';
import { TraceHash } from './trace-hash.js';
import { withMembers } from './with-members.js';

interface OpenTenure {
  readonly daemon: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly fromMs: number;
}

/** Writes down what happens in a run: what clients see, what daemons commit and own, and a hash of every record of every bus. */
export class Recorder {
  readonly posts: Post[] = [];
  readonly deliveries: Delivery[] = [];
  readonly lostAnswers: LostAnswer[] = [];
  readonly acks: Ack[] = [];
  readonly commits: Commit[] = [];
  readonly tenures: Tenure[] = [];
  readonly positionsSet: PositionSet[] = [];
  readonly faults: FaultRecord[] = [];
  readonly hangs: Hang[] = [];
  readonly breaches: Breach[] = [];
  readonly hash = new TraceHash();
  /** Machine -> transition -> how often. */
  readonly taken = new Map<string, number>();
  records = 0;
  readonly #clock: Clock;
  readonly #processes: ProcessRecorder[] = [];
  #post = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  nextPost(): number {
    return ++this.#post;
  }

  post(post: Post): void {
    this.posts.push(post);
  }

  delivery(delivery: Delivery): void {
    this.deliveries.push(delivery);
  }

  lostAnswer(answer: LostAnswer): void {
    this.lostAnswers.push(answer);
  }

  ack(ack: Ack): void {
    this.acks.push(ack);
  }

  /** Returns what is to be told when the answer has come. */
  positionSet(set: Omit<PositionSet, 'answeredMs'>): { answeredMs: number | undefined } {
    const noted = { ...set, answeredMs: undefined };
    this.positionsSet.push(noted);
    return noted;
  }

  hang(hang: Hang): void {
    this.hangs.push(hang);
  }

  fault(fault: FaultRecord): void {
    this.faults.push(fault);
  }

  /** The last fault of the kind that struck the daemon costs this as well, as is known only now. */
  costMore(kind: string, daemon: string, cost: FaultCost): void {
    const at = this.faults.findLastIndex((fault) => fault.kind === kind && fault.daemon === daemon);
    const fault = this.faults[at];
    if (fault) this.faults[at] = { ...fault, costs: [...fault.costs, cost] };
  }

  breach(invariant: string, text: string): void {
    this.breaches.push({ atMs: this.#clock.nowMs(), invariant, text });
  }

  /** What a daemon has brokers commit, from now on. */
  committing(kafka: Kafka, daemon: string): Kafka {
    const commitOffsets: Kafka['commitOffsets'] = (coordinator, group, offsets, signal) => {
      const sent = offsets.map(({ topic, partition, offset, metadata }) => {
        const acked = decodeSparseAcks(BigInt(offset), metadata).map(
          ({ from, to }) => [Number(from), Number(to)] as const,
        );
        const atMs = this.#clock.nowMs();
        const commit = {
          atMs,
          daemon,
          group,
          topic,
          partition,
          offset,
          acked,
          takenMs: undefined as number | undefined,
        };
        this.commits.push(commit);
        return commit;
      });
      const answered = kafka.commitOffsets(coordinator, group, offsets, signal);
      const note = (results: Awaited<typeof answered>): void => {
        for (const { topic, partition, error } of results) {
          const commit = sent.find((each) => each.topic === topic && each.partition === partition);
          if (commit && error === null) commit.takenMs = this.#clock.nowMs();
        }
      };
      answered.then(note, () => {});
      return answered;
    };
    return withMembers(kafka, { commitOffsets });
  }

  /** A process began: what its bus gives is for the returned one. */
  process(daemon: string): ProcessRecorder {
    const process = new ProcessRecorder(this, this.#clock, daemon);
    this.#processes.push(process);
    return process;
  }

  close(): void {
    for (const process of this.#processes) process.endAll('holds');
  }
}

/** Of one process: one that is still stopping shares its name, and so its addresses, with the next. */
export class ProcessRecorder {
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #daemon: string;
  readonly #asks = new AskBook();
  /** By address. */
  readonly #open = new Map<string, OpenTenure>();

  constructor(recorder: Recorder, clock: Clock, daemon: string) {
    this.#recorder = recorder;
    this.#clock = clock;
    this.#daemon = daemon;
  }

  record(record: BusRecord): void {
    const recorder = this.#recorder;
    const { hash, taken } = recorder;
    recorder.records++;
    hash.add(record.atMs);
    hash.add(record.address);
    hash.add(record.type);
    const forgotten = this.#asks.note(record);
    if (forgotten > 0)
      recorder.breach('ask without outcome', `${record.address} ended and left ${forgotten} asks without an outcome`);
    switch (record.type) {
      case 'snapshot':
        hash.add(JSON.stringify(record.value));
        for (const id of record.taken) taken.set(id, (taken.get(id) ?? 0) + 1);
        this.#ownership(record.address, record.value);
        break;
      case 'event':
        hash.add(record.event.type);
        break;
      case 'ask':
        hash.add(record.request.type);
        break;
      case 'outcome':
        hash.add(record.outcome);
        break;
      case 'end':
        this.#endOf(record.address, record.end.how === 'crashed' ? 'crashed' : 'lost');
        break;
      case 'spawn':
      case 'fault':
    }
  }

  /** It is gone, or the run is over: what it owned ends like that. */
  endAll(end: Tenure['end']): void {
    for (const address of [...this.#open.keys()]) this.#endOf(address, end);
  }

  #ownership(address: string, value: unknown): void {
    // Most records are of other actors, and the pattern costs more than this.
    if (!address.includes('/partition/')) return;
    const { group, topic, partition } = ownerAddress.exec(address)?.groups ?? {};
    if (group === undefined) return;
    const state = typeof value === 'string' ? value : Object.keys(value as object)[0]!;
    if (state === 'positioning' && !this.#open.has(address)) {
      const place = {
        group: decodeURIComponent(group),
        topic: decodeURIComponent(topic!),
        partition: Number(partition),
      };
      this.#open.set(address, { daemon: this.#daemon, ...place, fromMs: this.#clock.nowMs() });
    } else if (state === 'released') this.#endOf(address, 'released');
    else if (state === 'lost' || state === 'claiming') this.#endOf(address, 'lost');
  }

  #endOf(address: string, end: Tenure['end']): void {
    const tenure = this.#open.get(address);
    if (!tenure) return;
    this.#open.delete(address);
    this.#recorder.tenures.push({ ...tenure, toMs: this.#clock.nowMs(), end });
  }
}

const ownerAddress = /^[^:]*:[^/]+\/group\/(?<group>[^/]+)\/topic\/(?<topic>[^/]+)\/partition\/(?<partition>\d+)$/;
