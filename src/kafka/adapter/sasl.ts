import { randomBytes } from 'node:crypto';
import requests from 'kafkajs/src/protocol/requests/index.js';
import { KafkaFailure } from '../port.js';
import type { Call } from './calls.js';
import type { SaslCredentials } from './credentials.js';
import { saslRefusal } from './refusals.js';
import { ScramLogin, ScramRefusal, ScramViolation } from './scram.js';
import type { VersionTable } from './versions.js';

/** What a login needs of a connection. Both reject with `KafkaFailure`. */
export interface SaslChannel {
  readonly address: string;
  exchange<T>(call: Call<T>): Promise<T>;
  /** Sends bare bytes with their length in front, and resolves with those that come back. */
  exchangeBare(token: Buffer): Promise<Buffer>;
}

const HANDSHAKE = 17;
const AUTHENTICATE = 36;
const UNSUPPORTED_MECHANISM = 33;
const ILLEGAL_STATE = 34;

/**
 * Logs in. Resolves with how long the broker lets that stand, in ms; 0: for ever. A broker from 1.0 on takes tokens as
 * requests, and can say why it refuses one; one from 0.10 on takes bare tokens after a handshake, and one before that without;
 * both hang up on a wrong one. Rejects with `KafkaFailure`, of kind `access-denied` when it is refused.
 * Sources: KIP-43, KIP-152, KIP-368.
 */
export async function logIn(
  channel: SaslChannel,
  credentials: SaslCredentials,
  versions: VersionTable,
): Promise<number> {
  const handshakes = versions[HANDSHAKE]?.maxVersion ?? -1;
  const asRequests = handshakes >= 1 && versions[AUTHENTICATE] !== undefined;
  if (handshakes >= 0) await shakeHands(channel, credentials, asRequests ? 1 : 0);
  else if (credentials.mechanism !== 'PLAIN') throw saslRefusal.tooOld(channel.address, credentials);
  const tokens = asRequests
    ? new RequestTokens(channel, credentials, Math.min(1, versions[AUTHENTICATE]!.maxVersion))
    : new BareTokens(channel, credentials, handshakes < 0);
  if (credentials.mechanism === 'PLAIN') {
    // RFC 4616: no other identity, user, password.
    await tokens.exchange(Buffer.from(`\0${credentials.user}\0${credentials.password}`));
  } else {
    await scram(tokens, channel.address, credentials, credentials.mechanism);
  }
  return tokens.lifetimeMs;
}

async function shakeHands(channel: SaslChannel, credentials: SaslCredentials, version: number): Promise<void> {
  type Handshake = { errorCode: number; enabledMechanisms: readonly string[] };
  const { mechanism } = credentials;
  const { address } = channel;
  const answer = await channel.exchange<Handshake>(kafkajsCall('SaslHandshake', version, { mechanism }));
  if (answer.errorCode === UNSUPPORTED_MECHANISM)
    throw saslRefusal.mechanism(address, credentials, answer.enabledMechanisms);
  if (answer.errorCode === ILLEGAL_STATE) throw saslRefusal.notWanted(address);
  if (answer.errorCode !== 0) throw saslRefusal.credentials(address, credentials, `error ${answer.errorCode}`);
}

async function scram(
  tokens: Tokens,
  address: string,
  credentials: SaslCredentials,
  mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512',
): Promise<void> {
  const login = new ScramLogin(mechanism, credentials, randomBytes(24).toString('base64'));
  try {
    const challenge = await tokens.exchange(login.first());
    login.verify(await tokens.exchange(await login.final(challenge)));
  } catch (error) {
    if (error instanceof ScramRefusal) throw saslRefusal.credentials(address, credentials, error.message);
    if (error instanceof ScramViolation) throw saslRefusal.unproven(address, error.message);
    throw error;
  }
}

interface Tokens {
  exchange(token: Buffer): Promise<Buffer>;
  readonly lifetimeMs: number;
}

class RequestTokens implements Tokens {
  readonly #channel: SaslChannel;
  readonly #credentials: SaslCredentials;
  readonly #version: number;
  lifetimeMs = 0;

  constructor(channel: SaslChannel, credentials: SaslCredentials, version: number) {
    this.#channel = channel;
    this.#credentials = credentials;
    this.#version = version;
  }

  async exchange(token: Buffer): Promise<Buffer> {
    type Authenticated = {
      errorCode: number;
      errorMessage: string | null;
      authBytes: Buffer;
      sessionLifetimeMs?: string;
    };
    // kafkajs wants, and gives, tokens with their length in front.
    const authBytes = Buffer.concat([lengthOf(token), token]);
    const answer = await this.#channel.exchange<Authenticated>(
      kafkajsCall('SaslAuthenticate', this.#version, { authBytes }),
    );
    if (answer.errorCode !== 0) {
      const reason = answer.errorMessage ?? `error ${answer.errorCode}`;
      throw saslRefusal.credentials(this.#channel.address, this.#credentials, reason);
    }
    this.lifetimeMs = Number(answer.sessionLifetimeMs ?? 0);
    return answer.authBytes.subarray(4);
  }
}

class BareTokens implements Tokens {
  readonly #channel: SaslChannel;
  readonly #credentials: SaslCredentials;
  readonly #alsoPossible: string;
  readonly lifetimeMs = 0;

  constructor(channel: SaslChannel, credentials: SaslCredentials, atOnce: boolean) {
    this.#channel = channel;
    this.#credentials = credentials;
    this.#alsoPossible = atOnce
      ? ', kafka.version if the broker is 0.10 or newer, or kafka.client_certificate_file if it demands one'
      : '';
  }

  async exchange(token: Buffer): Promise<Buffer> {
    try {
      return await this.#channel.exchangeBare(token);
    } catch (error) {
      if (!(error instanceof KafkaFailure) || error.kind !== 'connection-lost') throw error;
      throw saslRefusal.credentials(this.#channel.address, this.#credentials, 'it hung up', this.#alsoPossible);
    }
  }
}

function lengthOf(token: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(token.length);
  return length;
}

function kafkajsCall<T>(api: 'SaslHandshake' | 'SaslAuthenticate', version: number, args: object): Call<T> {
  const { request, response } = requests.requests[api]!.protocol({ version })(args);
  return {
    request,
    decode: async (payload) => ({ result: (await response.decode(payload)) as T, throttleMs: 0 }),
  };
}
