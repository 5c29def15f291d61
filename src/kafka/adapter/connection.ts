import Connection from 'kafkajs/src/network/connection.js';
import requests from 'kafkajs/src/protocol/requests/index.js';
import type { Logger } from 'kafkajs';
import type { Socket } from 'node:net';
import type { Clock } from '../../host/host.js';
import { KafkaFailure, type KafkaFailureKind } from '../port.js';
import type { BrokerAccess } from './access.js';
import { openBrokerSocket, type BrokerSocket } from './broker-socket.js';
import type { Call, CallFor } from './calls.js';
import type { KafkaCredentials } from './credentials.js';
import type { KafkaAdapterLimits } from './limits.js';
import { saslWanted, somethingWanted } from './refusals.js';
import { logIn } from './sasl.js';
import { answeredVersions, oldestVersions } from './versions.js';
import type { VersionPolicy } from './version-policy.js';
import type { VersionMemory, VersionTable } from './versions.js';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

export const addressText = ({ host, port }: BrokerAddress): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** What every connection of an adapter shares. */
export interface ConnectionOptions {
  readonly clientId: string;
  readonly credentials: KafkaCredentials;
  readonly clock: Clock;
  readonly limits: KafkaAdapterLimits;
  readonly versions: VersionMemory;
  readonly versionPolicy: VersionPolicy;
  readonly access: BrokerAccess;
  /** A broker was found to be too old to be asked for its versions. */
  onOldest(address: BrokerAddress): void;
}

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Ends the connection when the signal is raised, for an answer that would hold up the next request. Else it is dropped. */
  readonly endOnAbort?: boolean;
}

const quiet = () => {};
/** What goes wrong reaches the caller as `KafkaFailure`, once; kafkajs would log it again for each request. */
const silentLogger: Logger = {
  info: quiet,
  error: quiet,
  warn: quiet,
  debug: quiet,
  namespace: () => silentLogger,
  setLogLevel: quiet,
};

/** Of the time that a login stands, the part after which a new connection is made: a broker hangs up in the midst of a request. */
const loginShare = 0.85;

/** Resolves when the socket has room again: with acks 0 nothing else slows down who writes. */
const drained = (socket: Socket | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (socket?.writableNeedDrain) socket.once('drain', resolve);
    else resolve();
  });

/**
 * One socket to one broker. It connects when it is made, asks which versions the broker speaks, and lives once: after its end
 * a new one is made. A broker answers one socket in order, so a request that gets no answer in time ends all of it.
 */
export class BrokerConnection {
  readonly #address: BrokerAddress;
  readonly #options: ConnectionOptions;
  readonly #ready: Promise<VersionTable>;
  readonly #waiting = new Set<(failure: KafkaFailure) => void>();
  #wire: Connection | undefined;
  #socket: BrokerSocket | undefined;
  #opened = false;
  /** A request that not everybody may ask was answered on it. */
  #served = false;
  /** Taken for an old broker because it did not say what it speaks; one that then answers is one. */
  #provesOldest = false;
  #outdatedAtMs = Infinity;
  #ended: KafkaFailure | undefined;
  #unanswered = 0;

  constructor(address: BrokerAddress, options: ConnectionOptions) {
    this.#address = address;
    this.#options = options;
    this.#ready = this.#open();
    // Each call awaits it; without a call, its failure concerns nobody.
    this.#ready.catch(quiet);
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Requests that the broker still has to answer, those included that nobody waits for any more. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /**
   * To be replaced when nothing is under way: it speaks as to an old broker, and it is time to ask again; or its login will
   * not stand much longer.
   */
  get outdated(): boolean {
    return this.#unanswered === 0 && this.#options.clock.nowMs() >= this.#outdatedAtMs;
  }

  /**
   * Sends and awaits the answer; `null` for a request that has none. Rejects with `KafkaFailure`, as soon as the signal is
   * raised or the connection ends.
   */
  async call<T>(callFor: CallFor<T>, options: CallOptions): Promise<T | null> {
    this.#unanswered++;
    try {
      const versions = await this.#untilReady(options.signal);
      if (this.#ended) throw this.#neverSent(this.#ended);
      const answer = await this.#ask(callFor(versions), options);
      if (answer !== null) this.#rememberServed();
      return answer;
    } catch (error) {
      const failure = error as KafkaFailure;
      if (failure.kind === 'access-denied') this.end('access-denied', failure.message);
      if (failure.kind === 'timeout' || failure.kind === 'connection-lost')
        this.end('connection-lost', failure.message);
      if (failure.kind === 'aborted' && options.endOnAbort)
        this.end('connection-lost', 'a poll on the same socket was given up');
      throw failure;
    } finally {
      this.#unanswered--;
    }
  }

  /** Ends the socket at once. Every request under way is rejected with a failure of this kind. */
  end(kind: KafkaFailureKind, why: string): void {
    if (this.#ended) return;
    this.#ended = new KafkaFailure(kind, why);
    const address = addressText(this.#address);
    if (kind === 'access-denied') this.#options.access.noteRefused(address, this.#ended);
    if (kind === 'unreachable') this.#options.access.noteAway(address);
    for (const reject of [...this.#waiting]) reject(this.#ended);
    this.#dropWire(this.#ended);
  }

  /** Metadata comes first: whoever hangs up on it, and was never seen to answer anything, does not want us. */
  async #ask<T>(call: Call<T>, { timeoutMs, signal }: CallOptions): Promise<T | null> {
    try {
      return await this.#exchange(call, timeoutMs, signal);
    } catch (error) {
      const address = addressText(this.#address);
      const { access, credentials, versions } = this.#options;
      const hungUp = (error as KafkaFailure).kind === 'connection-lost' && !this.#served && !access.hasServed(address);
      if (!hungUp || call.request.apiName !== 'Metadata' || credentials.sasl) throw error;
      throw versions.hasAnswered(address) ? saslWanted(address) : somethingWanted(address, credentials.tls);
    }
  }

  async #open(): Promise<VersionTable> {
    try {
      await this.#connect();
      const versions = await this.#negotiate();
      await this.#logIn(versions);
      if (this.#ended) throw this.#ended;
      this.#opened = true;
      return versions;
    } catch (error) {
      const { kind, message } = error as KafkaFailure;
      this.end(kind === 'access-denied' || kind === 'unsupported' ? kind : 'unreachable', message);
      throw this.#ended as KafkaFailure;
    }
  }

  async #connect(): Promise<void> {
    const { host, port } = this.#address;
    const { access, clientId, credentials, limits } = this.#options;
    const address = addressText(this.#address);
    const wire: Connection = new Connection({
      host,
      port,
      clientId,
      logger: silentLogger,
      requestTimeout: limits.requestTimeoutMs,
      connectionTimeout: limits.connectTimeoutMs,
      // Deadlines are our own; kafkajs would keep an interval for each connection.
      enforceRequestTimeout: false,
      socketFactory: ({ host: toHost, port: toPort, onConnect }) => {
        const opened = openBrokerSocket({
          host: toHost,
          port: toPort,
          address,
          tls: credentials.tls,
          served: () => access.hasServed(address),
          onConnect,
        });
        this.#socket = opened;
        opened.socket.once('close', () => this.#onClose(wire));
        return opened.socket;
      },
    });
    const { requestQueue } = wire;
    const schedule = requestQueue.scheduleCheckPendingRequests.bind(requestQueue);
    // kafkajs arms a timer at each answer, also when nothing waits; on newer Node with a warning about its negative delay.
    requestQueue.scheduleCheckPendingRequests = () => {
      if (requestQueue.pending.length > 0) schedule();
    };
    this.#wire = wire;
    try {
      await wire.connect();
    } catch (cause) {
      throw (
        this.#ended ??
        this.#socket?.refusal() ??
        new KafkaFailure('unreachable', `no connection to ${address}: ${(cause as Error).message}. Nothing was sent.`, {
          cause,
        })
      );
    }
    if (this.#ended) throw this.#ended;
  }

  #onClose(wire: Connection): void {
    // While it opens, the attempt itself finds out, and may have reason to open a second socket.
    if (wire === this.#wire && this.#opened)
      this.end('connection-lost', `${addressText(this.#address)} closed the connection`);
  }

  /**
   * Kafka before 0.10 does not know the question: 0.8 closes the connection, 0.9 keeps silent. Whoever does so without ever
   * having answered is spoken to as the oldest.
   */
  async #negotiate(): Promise<VersionTable> {
    const { versions, versionPolicy, clock, limits } = this.#options;
    if (versionPolicy.fixed) return this.#use(versionPolicy.fixed);
    const address = addressText(this.#address);
    const oldestUntilMs = versions.oldestUntilMs(address);
    if (clock.nowMs() < oldestUntilMs) return this.#useOldest(oldestUntilMs);
    try {
      const answered = await this.#askVersions();
      versions.rememberAnswer(address);
      return this.#use(versionPolicy.limited(answered));
    } catch (error) {
      if (this.#ended || (error as KafkaFailure).kind === 'access-denied' || versions.hasAnswered(address)) throw error;
      this.#dropWire(error as KafkaFailure);
      await this.#connect();
      this.#provesOldest = true;
      return this.#useOldest(clock.nowMs() + limits.oldestVersionsKeptMs);
    }
  }

  /** The time to connect bounds the login as a whole, too. */
  async #logIn(versions: VersionTable): Promise<void> {
    const { credentials, clock, limits } = this.#options;
    const { sasl } = credentials;
    if (!sasl) return;
    const deadlineMs = clock.nowMs() + limits.connectTimeoutMs;
    const wire = this.#wire!;
    const channel = {
      address: addressText(this.#address),
      exchange: async <T>(call: Call<T>) => (await this.#exchange(call, deadlineMs - clock.nowMs())) as T,
      exchangeBare: (token: Buffer) =>
        this.#within('a login', deadlineMs - clock.nowMs(), undefined, () => sendBare(wire, token)),
    };
    const lifetimeMs = await logIn(channel, sasl, versions);
    if (lifetimeMs > 0) this.#outdatedAtMs = Math.min(this.#outdatedAtMs, clock.nowMs() + lifetimeMs * loginShare);
  }

  #rememberServed(): void {
    if (this.#provesOldest) this.#rememberOldest();
    if (this.#served) return;
    this.#served = true;
    this.#options.access.noteServed(addressText(this.#address));
  }

  /** Not before it has answered something: one that was only frozen or on its way down is asked again. */
  #rememberOldest(): void {
    this.#provesOldest = false;
    this.#options.versions.rememberOldest(addressText(this.#address), this.#outdatedAtMs);
    this.#options.onOldest(this.#address);
  }

  #useOldest(untilMs: number): VersionTable {
    this.#outdatedAtMs = untilMs;
    return this.#use(oldestVersions);
  }

  #use(versions: VersionTable): VersionTable {
    this.#wire!.setVersions(versions);
    return versions;
  }

  async #askVersions(): Promise<VersionTable> {
    const deadlineMs = this.#options.clock.nowMs() + this.#options.limits.versionsTimeoutMs;
    for (const version of [2, 1, 0]) {
      const { request, response } = requests.requests['ApiVersions']!.protocol({ version })({});
      const call: Call<VersionTable | null> = {
        request,
        async decode(payload) {
          type Decoded = { apiVersions: { apiKey: number; minVersion: number; maxVersion: number }[] };
          // kafkajs throws for a version of this very request that the broker lacks; the next lower one is tried.
          const decoded = (await response.decode(payload).catch(() => null)) as Decoded | null;
          return { result: decoded && answeredVersions(decoded.apiVersions), throttleMs: 0 };
        },
      };
      const table = await this.#exchange(call, deadlineMs - this.#options.clock.nowMs());
      if (table) return table;
    }
    throw new KafkaFailure(
      'unsupported',
      `${addressText(this.#address)} refuses every form of the question for its versions`,
    );
  }

  /** One request on the wire. Its deadline rejects only itself: who asked knows what that means for the connection. */
  #exchange<T>(call: Call<T>, timeoutMs: number, signal?: AbortSignal): Promise<T | null> {
    const wire = this.#wire!;
    const response = {
      decode: async (payload: Buffer) => {
        const { result, throttleMs } = await call.decode(payload);
        return { result, clientSideThrottleTime: throttleMs };
      },
      parse: (decoded: { result: T }) => Promise.resolve(decoded),
    };
    return this.#within(call.request.apiName, timeoutMs, signal, async () => {
      const answer = await wire.send({ request: call.request, response, logResponseError: false });
      if (!answer) await drained(wire.socket);
      return answer ? answer.result : null;
    });
  }

  /** The deadline rejects, and leaves what was sent to itself. */
  #within<T>(apiName: string, timeoutMs: number, signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    return new Promise<T>((resolve, reject) => {
      const fail = (failure: KafkaFailure) => {
        settle();
        reject(failure);
      };
      const onAbort = () => fail(aborted());
      const onDeadline = () =>
        fail(
          new KafkaFailure(
            'timeout',
            `${addressText(this.#address)} did not answer ${apiName} within ${Math.round(timeoutMs)} ms`,
          ),
        );
      const settle = () => {
        clock.clearTimeout(timer);
        this.#waiting.delete(fail);
        signal?.removeEventListener('abort', onAbort);
      };
      const timer = clock.setTimeout(onDeadline, timeoutMs);
      this.#waiting.add(fail);
      signal?.addEventListener('abort', onAbort);
      send().then(
        (answer) => {
          settle();
          resolve(answer);
        },
        (error: Error) => fail(this.#ended ?? this.#toFailure(error, apiName)),
      );
    });
  }

  #untilReady(signal: AbortSignal): Promise<VersionTable> {
    if (signal.aborted) return Promise.reject(aborted());
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(aborted());
      signal.addEventListener('abort', onAbort);
      this.#ready.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  #toFailure(error: Error, apiName: string): KafkaFailure {
    if (error instanceof KafkaFailure) return error;
    const address = addressText(this.#address);
    const refusal = this.#served ? undefined : this.#socket?.refusal();
    if (refusal) return refusal;
    if (error.name.startsWith('KafkaJSConnection')) {
      return new KafkaFailure(
        'connection-lost',
        `the connection to ${address} ended before it answered ${apiName}: ${error.message}`,
        { cause: error },
      );
    }
    return new KafkaFailure('broker', `the answer of ${address} to ${apiName} could not be read: ${error.message}`, {
      cause: error,
    });
  }

  #neverSent(ended: KafkaFailure): KafkaFailure {
    if (ended.kind === 'aborted' || ended.kind === 'access-denied' || ended.kind === 'unsupported') return ended;
    return new KafkaFailure('unreachable', `${ended.message}. Nothing was sent.`, { cause: ended });
  }

  #dropWire(failure: KafkaFailure): void {
    const wire = this.#wire;
    this.#wire = undefined;
    if (!wire) return;
    wire.requestQueue.destroy();
    wire.rejectRequests(failure);
    // With an error, because kafkajs clears the timer of a connect under way only then.
    wire.socket?.destroy(failure);
  }
}

/** Bytes with their length in front, each way. kafkajs gives the answer with it. */
async function sendBare(wire: Connection, token: Buffer): Promise<Buffer> {
  const length = Buffer.alloc(4);
  length.writeInt32BE(token.length);
  const answer = await wire.sendAuthRequest({
    request: { encode: () => Promise.resolve(Buffer.concat([length, token])) },
    response: { decode: (raw: Buffer) => Promise.resolve(raw), parse: (raw: Buffer) => Promise.resolve(raw) },
  });
  return answer.subarray(4);
}

export const aborted = (): KafkaFailure => new KafkaFailure('aborted', 'the request was given up');
