import { describe, expect, it } from 'vitest';
import { BrokerAccess } from '../../src/kafka/adapter/access.js';
import type { SaslCredentials } from '../../src/kafka/adapter/credentials.js';
import { KafkaFailure } from '../../src/kafka/port.js';
import { calm, failure } from '../contracts/kafka-port-world.js';
import { API } from './fake-broker.js';
import { offsets, until } from './fake-world.js';
import type { SecureBrokerOptions, TokenStyle } from './secure-broker.js';
import { secureWorld } from './secure-world.js';

type Mechanism = SaslCredentials['mechanism'];

const all: readonly Mechanism[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];
const password = 'pass=word, with odd signs';
const login = (mechanism: Mechanism, more: Partial<SaslCredentials> = {}): SaslCredentials => ({
  mechanism,
  user: 'a=user,b',
  password,
  ...more,
});
const broker = (
  style: TokenStyle = 'requests',
  more: object = {},
): { sasl: NonNullable<SecureBrokerOptions['sasl']> } => ({
  sasl: { mechanisms: all, user: 'a=user,b', password, style, ...more },
});

/** Every way in that there is. */
const ways: readonly (readonly [Mechanism, TokenStyle])[] = [
  ...all.map((mechanism) => [mechanism, 'requests'] as const),
  ...all.map((mechanism) => [mechanism, 'bare'] as const),
  ['PLAIN', 'bare-at-once'],
];

describe('a login by SASL', () => {
  it.each(ways)('by %s with tokens as %s comes before everything else on each connection', async (mechanism, style) => {
    const { broker: there, kafka } = await secureWorld(broker(style), { sasl: login(mechanism) });
    await kafka.metadata([], calm());
    await offsets(kafka);
    expect(kafka.refusal(1)).toBeUndefined();
    const asked = there.heard.filter(({ what }) => what === API.metadata || what === API.listOffsets);
    expect(asked).toHaveLength(2);
    const { socket } = asked[0]!;
    const before = there.heard.filter((entry) => entry.socket === socket).map(({ what }) => what);
    const steps = { requests: 36, bare: 'token', 'bare-at-once': 'token' }[style];
    const tokens = mechanism === 'PLAIN' ? 1 : 2;
    expect(before.filter((what) => what === steps)).toHaveLength(tokens);
    expect(before.lastIndexOf(steps as never)).toBeLessThan(before.indexOf(API.metadata));
  });

  it.each(ways)(
    'by %s with tokens as %s and a wrong password is refused: the text names the keys, and never the password',
    async (mechanism, style) => {
      const { kafka, warnings } = await secureWorld(broker(style), {
        sasl: login(mechanism, { password: 'wrong secret' }),
      });
      const refused = await failure(kafka.metadata([], calm()), 'access-denied');
      expect(refused.outcomeUnknown).toBe(false);
      expect(refused.message).toMatch(
        /refuses the user "a=user,b" \(.+\): correct net\.sasl\.user or net\.sasl\.password/,
      );
      expect(refused.message.includes(', kafka.version')).toBe(style === 'bare-at-once');
      expect(JSON.stringify([refused, refused.stack, warnings])).not.toContain('secret');
    },
  );

  it('by a mechanism that the broker lacks names those that it has', async () => {
    const { kafka } = await secureWorld(broker('requests', { mechanisms: ['SCRAM-SHA-512', 'GSSAPI'] }), {
      sasl: login('PLAIN'),
    });
    const { message } = await failure(kafka.metadata([], calm()), 'access-denied');
    expect(message).toContain(
      'does not take PLAIN: net.sasl.mechanism has to be one of those that it offers, SCRAM-SHA-512, GSSAPI',
    );
  });

  it('by SCRAM at a broker before 0.10 is refused without sending anything of it', async () => {
    const { broker: there, kafka } = await secureWorld(broker('bare-at-once'), { sasl: login('SCRAM-SHA-256') });
    const { message } = await failure(kafka.metadata([], calm()), 'access-denied');
    expect(message).toContain('too old for SCRAM-SHA-256: net.sasl.mechanism has to be PLAIN');
    expect(there.heard.filter(({ what }) => what === 'token')).toEqual([]);
  });

  it.each(['v=bm90IG91cnM=', 'e=other-error'])(
    'by SCRAM does not trust a broker that ends with %s',
    async (lastWord) => {
      const { kafka } = await secureWorld(broker('requests', { lastWord }), { sasl: login('SCRAM-SHA-512') });
      const { message } = await failure(kafka.metadata([], calm()), 'access-denied');
      expect(message).toContain('net.sasl.user');
    },
  );

  it('at a listener that wants none is refused and names the key', async () => {
    const { kafka } = await secureWorld({}, { sasl: login('PLAIN') });
    const { message } = await failure(kafka.metadata([], calm()), 'access-denied');
    expect(message).toContain('takes no SASL: set net.sasl.enable to false');
  });

  it('that is not made where one is wanted is told by the broker hanging up, and names the keys', async () => {
    const { kafka } = await secureWorld(broker(), {});
    const { message } = await failure(kafka.metadata([], calm()), 'access-denied');
    expect(message).toContain('set net.sasl.enable to true, with net.sasl.user and net.sasl.password');
  });

  it('that the broker does not answer ends with the time for connecting', async () => {
    for (const style of ['requests', 'bare'] as const) {
      const {
        broker: there,
        kafka,
        clock,
      } = await secureWorld(broker(style, { silent: true }), { sasl: login('PLAIN') }, { connectTimeoutMs: 700 });
      let settled = false;
      const late = failure(
        kafka.metadata([], calm()).finally(() => (settled = true)),
        'unreachable',
      );
      await until(() => there.heard.some(({ what }) => what === 36 || what === 'token'));
      await clock.runFor(699);
      expect(settled).toBe(false);
      await clock.runFor(1);
      expect((await late).message).toContain('did not answer');
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('that stands for a while only is made anew on another connection before it is over', async () => {
    const {
      broker: there,
      kafka,
      clock,
    } = await secureWorld(broker('requests', { lifetimeMs: 60_000 }), { sasl: login('PLAIN') });
    const sockets = () => new Set(there.heard.map(({ socket }) => socket)).size;
    await kafka.metadata([], calm());
    await clock.runFor(50_000);
    await kafka.metadata([], calm());
    expect(sockets()).toBe(1);
    await clock.runFor(1_000);
    await kafka.metadata([], calm());
    expect(sockets()).toBe(2);
  });
});

describe('a refusal', () => {
  it('is logged once for each reason, known by broker, and over when the broker lets us in', async () => {
    const options = broker();
    const { broker: there, kafka, warnings } = await secureWorld(options, { sasl: login('PLAIN') });
    await kafka.metadata([], calm());
    expect([kafka.refusal(1), kafka.refusal(7)]).toEqual([undefined, undefined]);
    await kafka.close();

    const { kafka: again, warnings: lines } = await secureWorld(options, { sasl: login('PLAIN') });
    options.sasl.password = 'changed';
    for (let n = 0; n < 3; n++) await failure(again.metadata([], calm()), 'access-denied');
    expect(lines).toEqual([
      expect.objectContaining({
        message: 'a broker refuses us; it is tried again',
        reason: expect.stringContaining('net.sasl.password') as unknown,
      }),
    ]);
    options.sasl.password = password;
    await again.metadata([], calm());
    expect(again.refusal(1)).toBeUndefined();
    expect([there.heard.length > 0, warnings]).toEqual([true, []]);
  });

  it('of one kind of request is over when the broker speaks a version of it that we may use', async () => {
    const told: string[] = [];
    const access = new BrokerAccess((_, reason) => told.push(reason));
    const [produce, fetch] = ['Produce', 'Fetch'].map((what) => new KafkaFailure('unsupported', `no ${what}`));
    for (let n = 0; n < 3; n++) {
      access.noteUnsupported('b', 'Produce', produce!);
      access.noteServed('b');
      access.noteUnsupported('b', 'Fetch', fetch!);
    }
    expect([access.refusal('b'), told]).toEqual([produce, ['no Produce']]);
    access.noteSupported('b', 'Produce');
    expect(access.refusal('b')).toBe(fetch);
    access.noteSupported('b', 'Fetch');
    expect(access.refusal('b')).toBeUndefined();
  });

  it('of a broker that is named by another is known by its id', async () => {
    const options = broker();
    const { broker: there, kafka } = await secureWorld(options, { sasl: login('PLAIN') });
    await kafka.metadata([], calm());
    options.sasl.password = 'changed';
    const refused = await failure(
      kafka.produce(1, { requiredAcks: 1, timeoutMs: 100, partitions: [] }, calm()),
      'access-denied',
    );
    expect(kafka.refusal(1)?.message).toBe(refused.message);
    there.hangsUp = true;
    await failure(kafka.produce(1, { requiredAcks: 1, timeoutMs: 100, partitions: [] }, calm()), 'unreachable');
    expect(kafka.refusal(1)).toBeUndefined();
  });

  it('says more than that others are away, and is the same one whoever was asked first', async () => {
    const wrong = { sasl: login('PLAIN', { password: 'wrong' }) };
    const { broker: one, kafka: alone } = await secureWorld(broker(), wrong, {}, { after: ['127.0.0.1:1'] });
    await failure(alone.metadata([], calm()), 'access-denied');
    const { broker: two, kafka: before } = await secureWorld(broker(), wrong, {}, { before: [one.address] });
    const { message } = await failure(before.metadata([], calm()), 'access-denied');
    const least = [one.address, two.address].sort()[0]!;
    expect(message).toContain(least);
    const { kafka: after } = await secureWorld(broker(), wrong, {}, { after: [least] });
    const { message: other } = await failure(after.metadata([], calm()), 'access-denied');
    expect(other <= message).toBe(true);
  });
});
