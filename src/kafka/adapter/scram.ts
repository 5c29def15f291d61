import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { SaslCredentials } from './credentials.js';

const derive = promisify(pbkdf2);

const digests = { 'SCRAM-SHA-256': 'sha256', 'SCRAM-SHA-512': 'sha512' } as const;
export type ScramMechanism = keyof typeof digests;

/** What RFC 5802 asks of a server at the least. */
const iterationsMin = 4096;
/** About a second; who answers is not known yet and could keep us busy for as long as it likes. */
const iterationsMax = 1_000_000;
/** No binding to the channel, no other identity. */
const gs2Header = 'n,,';

/** The server does not follow the rules, or does not know the password. */
export class ScramViolation extends Error {}
/** The server says no. */
export class ScramRefusal extends Error {}

/** One login by SCRAM, as the client sees it: first message, final message, proof of the server. Source: RFC 5802, RFC 7677. */
export class ScramLogin {
  readonly #digest: 'sha256' | 'sha512';
  readonly #password: string;
  readonly #nonce: string;
  readonly #firstBare: string;
  #serverSignature: Buffer | undefined;

  /** `nonce`: printable, without a comma, of 18 random bytes or more. */
  constructor(mechanism: ScramMechanism, { user, password }: Omit<SaslCredentials, 'mechanism'>, nonce: string) {
    this.#digest = digests[mechanism];
    this.#password = password;
    this.#nonce = nonce;
    this.#firstBare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  }

  first(): Buffer {
    return Buffer.from(`${gs2Header}${this.#firstBare}`);
  }

  /** Answers the challenge. @throws ScramViolation, ScramRefusal */
  async final(challenge: Buffer): Promise<Buffer> {
    const serverFirst = challenge.toString();
    const { r: nonce = '', s: salt = '', i = '', e: refusal } = attributes(serverFirst);
    if (refusal !== undefined) throw new ScramRefusal(refusal);
    const iterations = Number(i);
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce)
      throw new ScramViolation('its nonce is not based on ours');
    if (!/^\d+$/.test(i) || iterations < iterationsMin || iterations > iterationsMax)
      throw new ScramViolation(`${i || 'no'} iterations are not within ${iterationsMin} and ${iterationsMax}`);
    if (salt === '') throw new ScramViolation('it sends no salt');

    const digest = this.#digest;
    const hmac = (key: Buffer, data: string) => createHmac(digest, key).update(data).digest();
    const length = createHash(digest).digest().length;
    const salted = await derive(this.#password, Buffer.from(salt, 'base64'), iterations, length, digest);
    const withoutProof = `c=${Buffer.from(gs2Header).toString('base64')},r=${nonce}`;
    const exchanged = `${this.#firstBare},${serverFirst},${withoutProof}`;
    const clientKey = hmac(salted, 'Client Key');
    const signature = hmac(createHash(digest).update(clientKey).digest(), exchanged);
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!));
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), exchanged);
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`);
  }

  /** Checks the server's last word. @throws ScramViolation, ScramRefusal */
  verify(serverFinal: Buffer): void {
    const { v = '', e: refusal } = attributes(serverFinal.toString());
    if (refusal !== undefined) throw new ScramRefusal(refusal);
    const expected = this.#serverSignature;
    const given = Buffer.from(v, 'base64');
    if (!expected || given.length !== expected.length || !timingSafeEqual(given, expected))
      throw new ScramViolation('its signature is wrong');
  }
}

function attributes(message: string): Partial<Record<string, string>> {
  return Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}
