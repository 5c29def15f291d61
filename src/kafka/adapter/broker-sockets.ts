import type { FetchPartition, FetchRequest, FetchResult, ProduceRequest, ProduceResult } from '../port.js';
import { KafkaFailure } from '../port.js';
import type { CallFor } from './calls.js';
import { BrokerConnection, addressText } from './connection.js';
import type { BrokerAddress, CallOptions, ConnectionOptions } from './connection.js';
import { type Fetched, fetchCall } from './fetch-call.js';
import { PlainTopics, refusedForSequence, withoutSequence } from './plain-topics.js';
import { NothingToSend, ProduceExchange } from './produce-call.js';
import { VersionMemory, type VersionTable } from './versions.js';

interface FetchSocket {
  connection: BrokerConnection;
  readonly lanes: Set<string>;
  /** Counts the fetches; the order of the partitions turns with it. */
  turn: number;
}

/**
 * The sockets to one broker, each made when it is first needed: one for control, one for produce, one for each fetch lane up
 * to a limit. A broker answers one socket in order, so whatever shares one waits for each other.
 */
export class BrokerSockets {
  readonly address: BrokerAddress;
  readonly #options: ConnectionOptions;
  #control: BrokerConnection | undefined;
  #produce: BrokerConnection | undefined;
  readonly #fetch = new Map<string, FetchSocket>();
  readonly #plainTopics: PlainTopics;
  /** Where `kafka.version` fixes what is spoken: what the broker says itself, and until when that is believed. */
  #spoken: { readonly versions: VersionTable | undefined; readonly untilMs: number } | undefined;
  #closed = false;

  constructor(address: BrokerAddress, options: ConnectionOptions) {
    this.address = address;
    this.#options = options;
    this.#plainTopics = new PlainTopics(options.clock);
  }

  /** A control socket is open, or about to be. */
  get inTouch(): boolean {
    return this.#control !== undefined && !this.#control.ended;
  }

  get idle(): boolean {
    return this.#connections().every((connection) => connection.ended || connection.unanswered === 0);
  }

  async control<T>(callFor: CallFor<T>, timeoutMs: number, signal: AbortSignal): Promise<T> {
    const connection = (this.#control = this.#living(this.#control));
    const { controlRequestsMax } = this.#options.limits;
    if (connection.unanswered >= controlRequestsMax) {
      throw new KafkaFailure(
        'unreachable',
        `${addressText(this.address)} has ${controlRequestsMax} requests to answer first. Nothing was sent; ask again later.`,
      );
    }
    return (await this.#call(connection, callFor, { timeoutMs, signal })) as T;
  }

  async produce(request: ProduceRequest, signal: AbortSignal): Promise<readonly ProduceResult[]> {
    const partitions = request.partitions.map((p) => (this.#plainTopics.has(p.topic) ? withoutSequence(p) : p));
    const results = await this.#write({ ...request, partitions }, signal);
    const refused = partitions.filter((p, i) => refusedForSequence(p, results[i]));
    if (refused.length === 0) return results;
    for (const { topic } of refused) this.#plainTopics.add(topic);
    const again = await this.#write({ ...request, partitions: refused.map(withoutSequence) }, signal);
    return results.map((result, i) => again[refused.indexOf(partitions[i]!)] ?? result);
  }

  /** Results are in the order of the partitions. */
  async #write(request: ProduceRequest, signal: AbortSignal): Promise<readonly ProduceResult[]> {
    const connection = (this.#produce = this.#living(this.#produce));
    const timeoutMs = request.timeoutMs + this.#options.limits.answerMarginMs;
    const exchange = new ProduceExchange(request);
    try {
      return (await this.#call(connection, exchange.callFor, { timeoutMs, signal })) ?? exchange.unconfirmed;
    } catch (error) {
      if (error instanceof NothingToSend) return error.results;
      throw error;
    }
  }

  async fetch(lane: string, request: FetchRequest, signal: AbortSignal): Promise<readonly FetchResult[]> {
    const { limits } = this.#options;
    const socket = this.#fetchSocket(lane);
    const shared = socket.lanes.size > 1;
    const maxWaitMs = shared ? Math.min(request.maxWaitMs, limits.sharedFetchWaitMsMax) : request.maxWaitMs;
    const partitions = inTurn(request.partitions, socket.turn++);
    // Those before it on a shared socket are answered first.
    const timeoutMs = maxWaitMs * socket.lanes.size + limits.answerMarginMs;
    const ask = async (asked: FetchRequest, inOrder: readonly FetchPartition[]): Promise<Fetched> => {
      const call = fetchCall(asked, inOrder, limits);
      return (await this.#call(socket.connection, call, { timeoutMs, signal, endOnAbort: !shared })) as Fetched;
    };
    const { results, cutOff } = await ask({ ...request, maxWaitMs }, partitions);
    if (cutOff === null) return results;
    const [whole] = (await ask({ ...request, maxWaitMs: 0, partitions: [cutOff] }, [cutOff])).results;
    const isWhole = ({ topic, partition }: FetchResult) => topic === cutOff.topic && partition === cutOff.partition;
    return results.map((result) => (whole && isWhole(result) ? whole : result));
  }

  closeLane(lane: string): void {
    const socket = this.#fetch.get(lane);
    if (!socket) return;
    this.#fetch.delete(lane);
    socket.lanes.delete(lane);
    if (socket.lanes.size === 0) socket.connection.end('aborted', `the fetch lane ${lane} was closed`);
  }

  close(why: string): void {
    this.#closed = true;
    for (const connection of this.#connections()) connection.end('aborted', why);
  }

  async #call<T>(connection: BrokerConnection, callFor: CallFor<T>, options: CallOptions): Promise<T | null> {
    try {
      return await connection.call(callFor, options);
    } catch (error) {
      if (error instanceof KafkaFailure && error.kind === 'connection-lost') {
        const refusal = await this.#refusedVersion(callFor, options.signal);
        if (refusal) throw refusal;
      }
      throw error;
    }
  }

  /**
   * A broker closes the connection at a version of a request that it does not know, without a word. Where `kafka.version`
   * fixed that version, what the broker says itself tells a wrong setting, where nothing was written, from a connection that
   * was lost.
   */
  async #refusedVersion(callFor: CallFor<unknown>, signal: AbortSignal): Promise<KafkaFailure | undefined> {
    const { clock, limits, versionPolicy } = this.#options;
    if (!versionPolicy.fixed) return undefined;
    if (!this.#spoken || clock.nowMs() >= this.#spoken.untilMs) {
      const versions = await this.#askWhatIsSpoken(signal);
      this.#spoken = { versions, untilMs: clock.nowMs() + limits.oldestVersionsKeptMs };
    }
    try {
      if (this.#spoken.versions) callFor(this.#spoken.versions);
      return undefined;
    } catch (error) {
      return error instanceof KafkaFailure && error.kind === 'unsupported' ? error : undefined;
    }
  }

  /** `undefined`: it does not say. */
  async #askWhatIsSpoken(signal: AbortSignal): Promise<VersionTable | undefined> {
    const versionPolicy = { ...this.#options.versionPolicy, fixed: null };
    const asking = { ...this.#options, versions: new VersionMemory(), versionPolicy };
    const connection = new BrokerConnection(this.address, asking);
    let spoken: VersionTable | undefined;
    const nothingMore = new KafkaFailure('aborted', 'it was asked for its versions only');
    try {
      await connection.call(
        (versions) => {
          spoken = versions;
          throw nothingMore;
        },
        { timeoutMs: this.#options.limits.versionsTimeoutMs, signal },
      );
    } catch {
      // What it says is known, or it says nothing.
    } finally {
      connection.end('aborted', nothingMore.message);
    }
    return spoken;
  }

  #fetchSocket(lane: string): FetchSocket {
    const socket = this.#fetch.get(lane) ?? this.#assignSocket(lane);
    socket.connection = this.#living(socket.connection);
    return socket;
  }

  #assignSocket(lane: string): FetchSocket {
    const sockets = [...new Set(this.#fetch.values())];
    const socket =
      sockets.length < this.#options.limits.fetchSocketsPerBrokerMax
        ? { connection: this.#living(undefined), lanes: new Set<string>(), turn: 0 }
        : sockets.reduce((least, other) => (other.lanes.size < least.lanes.size ? other : least));
    socket.lanes.add(lane);
    this.#fetch.set(lane, socket);
    return socket;
  }

  #living(connection: BrokerConnection | undefined): BrokerConnection {
    if (this.#closed) throw new KafkaFailure('aborted', 'the connections to this broker are closed');
    if (connection && !connection.ended && !connection.outdated) return connection;
    connection?.end('connection-lost', 'its broker is asked again which versions it speaks');
    return new BrokerConnection(this.address, this.#options);
  }

  #connections(): readonly BrokerConnection[] {
    const fetch = [...new Set(this.#fetch.values())].map((socket) => socket.connection);
    return [this.#control, this.#produce, ...fetch].filter((connection) => connection !== undefined);
  }
}

/**
 * A broker fills its answer from the front, and only the first partition that has something may exceed the limit of bytes. So
 * another one stands in front each time, or a busy partition would starve those behind it.
 */
function inTurn(partitions: readonly FetchPartition[], turn: number): readonly FetchPartition[] {
  const first = partitions.length === 0 ? 0 : turn % partitions.length;
  return first === 0 ? partitions : [...partitions.slice(first), ...partitions.slice(0, first)];
}
