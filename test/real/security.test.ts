import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.js';
import { compareVersions, DEFAULT_KAFKA_VERSION } from '../../src/cluster/versions.js';
import { validateConfig, type ConfigInput } from '../../src/config/config.js';
import { startDaemon, type Daemon } from '../../src/daemon.js';
import { realHost } from '../../src/host/real-host.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';
import { eventually, TopicClient } from '../support/real-daemon.js';
import { type SecureAddresses, SECURITY_FROM, startSecureCluster } from '../support/secure-cluster.js';

type KafkaInput = NonNullable<NonNullable<NonNullable<ConfigInput['clusters']>[string]>['kafka']>;
type Listener = 'ssl' | 'mutualSsl' | 'misnamedSsl' | 'saslSsl' | 'saslPlaintext';
/** Of a cluster that lies in a folder of its own; so it is known only when the tests run. */
type Settings = (secure: SecureAddresses) => Pick<KafkaInput, 'tls' | 'sasl'>;

const topic = 'secured';
const wrong = 'a-wrong-secret';
let cluster: Cluster;
let secure: SecureAddresses;

beforeAll(async () => {
  const { version } = realCluster();
  const kafka = compareVersions(version, SECURITY_FROM) >= 0 ? version : DEFAULT_KAFKA_VERSION;
  ({ cluster, secure } = await startSecureCluster(kafka));
  await cluster.createTopic(topic, { partitions: 1 });
});
afterAll(() => cluster.stop());

let daemon: (Daemon & { readonly lines: { level: number; msg: string; reason?: string }[] }) | undefined;
afterEach(async () => {
  await daemon?.drain();
  daemon = undefined;
});

/** A whole daemon that reaches the brokers by this listener. */
async function serve(listener: Listener | 'plain', settings: Settings): Promise<TopicClient> {
  const plain = cluster.brokers.map(({ host, port }) => `${host}:${port}`).join(',');
  const seedPeers = (listener === 'plain' ? plain : secure[listener]).split(',');
  const lines: NonNullable<typeof daemon>['lines'] = [];
  const config = validateConfig({
    tcpAddr: '127.0.0.1:0',
    grpcAddr: '',
    drainTimeoutMs: 5000,
    clusters: {
      default: {
        kafka: { seedPeers, ...settings(secure) },
        zookeeper: { seedPeers: cluster.zookeeperPeers.split(','), chroot: `/${uniqueName('chroot')}` },
        consumer: { longPollingTimeoutMs: 1000 },
      },
    },
  });
  const started = await startDaemon({
    config,
    host: realHost(),
    log: pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    command: 'kafka-pixy',
    onFatal: (error) => {
      throw error;
    },
  });
  daemon = { ...started, lines };
  return new TopicClient(`http://${started.addresses[0]}`, topic);
}

const trusting: Settings = ({ caFile }) => ({ tls: { enabled: true, caCertificateFile: caFile } });
const proving: Settings = ({ caFile, clientCertFile, clientKeyFile }) => ({
  tls: {
    enabled: true,
    caCertificateFile: caFile,
    clientCertificateFile: clientCertFile,
    clientKeyFile,
  },
});
const insecure: Settings = () => ({ tls: { enabled: true, insecure: true } });
const sasl =
  (mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512', password?: string): Settings =>
  ({ users }) => {
    const user = mechanism === 'PLAIN' ? users.plain : users.scram;
    return { sasl: { enabled: true, mechanism, ...user, ...(password !== undefined && { password }) } };
  };
const both =
  (...all: Settings[]): Settings =>
  (from) =>
    Object.assign({}, ...all.map((settings) => settings(from))) as ReturnType<Settings>;

describe('a daemon writes, reads and commits', () => {
  it.each<[string, Listener, Settings]>([
    ['TLS, with the CA of the brokers', 'ssl', trusting],
    ['TLS with a client certificate, where brokers demand one', 'mutualSsl', proving],
    ['TLS without any check, by kafka.insecure', 'misnamedSsl', insecure],
    ['SASL PLAIN over TLS', 'saslSsl', both(trusting, sasl('PLAIN'))],
    ['SASL SCRAM-SHA-256 over TLS', 'saslSsl', both(trusting, sasl('SCRAM-SHA-256'))],
    ['SASL SCRAM-SHA-512 over TLS', 'saslSsl', both(trusting, sasl('SCRAM-SHA-512'))],
    ['SASL PLAIN in plain text', 'saslPlaintext', sasl('PLAIN')],
    ['SASL SCRAM-SHA-256 in plain text', 'saslPlaintext', sasl('SCRAM-SHA-256')],
    ['SASL SCRAM-SHA-512 in plain text', 'saslPlaintext', sasl('SCRAM-SHA-512')],
  ])('by %s', async (_, listener, settings) => {
    const client = await serve(listener, settings);
    const group = uniqueName('group');
    const written = await client.postSync('a secret message', { key: 'k' });
    expect(await client.setOffsets(group, [written])).toBe(200);
    const message = await eventually(() => client.get(group), 'the message is consumed');
    expect(message).toMatchObject({ key: 'k', value: 'a secret message', ...written });
    await eventually(async () => {
      const [first] = await client.offsets(group);
      return first!.offset === written.offset + 1 || undefined;
    }, 'the offset is committed');
    expect(daemon!.lines.filter(({ level }) => level >= 50)).toEqual([]);
  });
});

describe('a refusal by Kafka is told as a 503 that names the key, and logged once', () => {
  it.each<[string, Listener | 'plain', Settings, string]>([
    [
      'a wrong password by PLAIN',
      'saslSsl',
      both(trusting, sasl('PLAIN', wrong)),
      'correct net.sasl.user or net.sasl.password',
    ],
    [
      'a wrong password by SCRAM-SHA-256',
      'saslPlaintext',
      sasl('SCRAM-SHA-256', wrong),
      'correct net.sasl.user or net.sasl.password',
    ],
    [
      'a wrong password by SCRAM-SHA-512',
      'saslSsl',
      both(trusting, sasl('SCRAM-SHA-512', wrong)),
      'correct net.sasl.user or net.sasl.password',
    ],
    ['a login that is wanted and not made', 'saslPlaintext', () => ({}), 'set net.sasl.enable to true'],
    ['a login that is made and not wanted', 'plain', sasl('PLAIN'), 'set net.sasl.enable to false'],
    [
      'a CA that signed nothing of the brokers',
      'ssl',
      ({ otherCaFile }) => ({ tls: { enabled: true, caCertificateFile: otherCaFile } }),
      'kafka.ca_certificate_file has to hold the CA that signed it',
    ],
    [
      'no CA where the brokers have one of their own',
      'ssl',
      () => ({ tls: { enabled: true } }),
      'kafka.ca_certificate_file has to hold the CA that signed it',
    ],
    ['a certificate of the brokers for another host', 'misnamedSsl', trusting, 'is for another host'],
    [
      'no client certificate where one is demanded',
      'mutualSsl',
      trusting,
      'set kafka.client_certificate_file and kafka.client_key_file',
    ],
    [
      'a client certificate that the brokers do not trust',
      'mutualSsl',
      (s) => ({
        tls: {
          enabled: true,
          caCertificateFile: s.caFile,
          clientCertificateFile: s.otherClientCertFile,
          clientKeyFile: s.otherClientKeyFile,
        },
      }),
      // Whether its words arrive before it hangs up is up to the network.
      'kafka.client_certificate_file',
    ],
    ['plain text to a TLS listener', 'ssl', () => ({}), 'set kafka.tls to true'],
    ['TLS to a plain listener', 'plain', trusting, 'set kafka.tls to false'],
  ])('%s', async (_, listener, settings, text) => {
    const client = await serve(listener, settings);
    const answerOf = async (response: Response) => ({
      status: response.status,
      code: response.headers.get('X-Pixy-Error'),
      error: ((await response.json()) as { error: string }).error,
    });
    const root = client.url.slice(0, client.url.indexOf('/topics'));
    const refused = { status: 503, code: 'kafka-access-denied', error: expect.stringContaining(text) as unknown };
    const answers = await Promise.all(
      [
        fetch(`${client.url}/messages?sync`, { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: 'x' }),
        fetch(`${client.url}/messages?group=g`),
        fetch(`${client.url}/offsets?group=g`),
        fetch(`${root}/topics`),
      ].map(async (response) => answerOf(await response)),
    );
    expect(answers).toEqual([refused, refused, refused, refused]);
    const { lines } = daemon!;
    expect(lines.filter(({ level }) => level >= 50)).toEqual([
      expect.objectContaining({
        msg: 'Kafka refuses us; it is tried again',
        reason: expect.stringContaining(text) as unknown,
      }),
    ]);
    expect(JSON.stringify([answers, lines])).not.toContain(wrong);
  });
});
