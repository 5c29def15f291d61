import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareVersions } from '../../src/cluster/versions.js';
import { commandRunner, freePort, serving } from '../support/command.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';
import { eventually, TopicClient } from '../support/real-daemon.js';

const { run } = commandRunner();
const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kafka-pixy-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(yaml: string): string {
  const path = join(folder, `${++files}.yaml`);
  writeFileSync(path, yaml);
  return path;
}

/** Listens on free ports of this machine only. */
const anyPorts = ['--tcpAddr', '127.0.0.1:0', '--grpcAddr', '127.0.0.1:0'];
const proxy = (more = '') => `proxies: {a: {${more}}}\n`;

async function stop(running: ReturnType<typeof run>): Promise<void> {
  running.process.kill('SIGTERM');
  expect(await running.exited).toBe(0);
}

describe('what keeps the command from starting is told in one line, with exit code 1', () => {
  it.each<[what: string, args: () => string[], line: RegExp]>([
    [
      'a file that is not there',
      () => ['--config', '/nonexistent/pixy.yaml'],
      /config: \/nonexistent\/pixy\.yaml: ENOENT/,
    ],
    ['a folder in place of a file', () => ['--config', tmpdir()], /Failed to load config: .*: EISDIR/],
    [
      'broken YAML',
      () => ['--config', fileOf('proxies:\n  a: {')],
      /Failed to load config: .*yaml: line 2, column 7: /,
    ],
    [
      'a file without proxies',
      () => ['--config', fileOf('proxies: {}')],
      /proxies: "\{…\}" is not allowed; allowed: one/,
    ],
    [
      'a default cluster that there is not',
      () => ['--config', fileOf(`default_cluster: b\n${proxy()}`)],
      /default_cluster: "b" is not allowed; allowed: one of the configured clusters: a/,
    ],
    [
      'a value that is not allowed',
      () => ['--config', fileOf(proxy('producer: {compression: lzma}'))],
      /proxies\.a\.producer\.compression: "lzma" is not allowed; allowed: one of none, gzip, snappy, lz4, zstd/,
    ],
    [
      'a certificate that the file names and is not there',
      () => ['--config', fileOf(proxy('kafka: {ca_certificate_file: /nonexistent/ca.pem}')), ...anyPorts],
      /proxies\.a\.kafka\.ca_certificate_file: \/nonexistent\/ca\.pem cannot be used: /,
    ],
    [
      'a certificate that a flag names and is not there',
      () => ['-caCertFile=/nonexistent/ca.pem', ...anyPorts],
      /--caCertFile: \/nonexistent\/ca\.pem cannot be used: /,
    ],
    ['a boolean flag that is none', () => ['-tls=perhaps'], /--tls: "perhaps" is not allowed; allowed: true or false/],
    [
      'loggers that are none',
      () => ['--logging', 'json'],
      /--logging: "json" is not allowed; allowed: a list of loggers/,
    ],
    ['loggers that are no JSON', () => ['--logging', '[{'], /config: --logging: line 1, column 3: /],
    ['a gRPC address that is none', () => ['--grpcAddr', 'x'], /--grpcAddr: "x" is not allowed; allowed: host:port/],
  ])('%s', async (_, args, line) => {
    const running = run(...args());
    expect(await running.exited).toBe(1);
    expect(running.output()).toMatch(line);
    expect(running.output().trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('a configuration file', () => {
  it('is taken as it is shipped, without a warning', async () => {
    const { kafkaPeers, zookeeperPeers } = realCluster();
    const peers = ['--kafkaPeers', kafkaPeers, '--zookeeperPeers', `${zookeeperPeers}/${uniqueName('chroot')}`];
    const running = run('--config', pathOf('../../default.yaml'), ...peers, ...anyPorts);
    await serving(running);
    await stop(running);
    const levels = running
      .output()
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { level: number }).level);
    expect(levels.length).toBeGreaterThan(3);
    expect(Math.max(...levels)).toBe(30);
  });

  it('of Kafka-Pixy 0.18 works unchanged, each of its clusters under its name and with its client id', async () => {
    const cluster = realCluster();
    const topic = uniqueName('original');
    await cluster.createTopic(topic, { partitions: 1 });
    const socket = join(folder, 'pixy.sock');
    const yaml = readFileSync(pathOf('../config/original-0.18.yaml'), 'utf8')
      .replace(/- localhost:9092$/gm, `- ${cluster.kafkaPeers.split(',')[0]}`)
      .replace('[kafka-1:9092, kafka-2:9092]', `[${cluster.kafkaPeers}]`)
      .replace(/- localhost:2181$/gm, `- ${cluster.zookeeperPeers}`)
      .replace('[zk-1, zk-2:2182]', `[${cluster.zookeeperPeers}]`)
      // Kafka 4 has forgotten what 0.10 and 1.1 spoke: who goes there leaves the version out, as the error says.
      .replaceAll(/^ *version: .*\n/gm, (line) => (compareVersions(cluster.version, '4.0.0') < 0 ? line : ''))
      .replaceAll('/kafka\n', `/${uniqueName('chroot')}\n`)
      .replace('/var/run/kafka-pixy.sock', socket);
    const port = await freePort();
    const running = run('-config', fileOf(yaml), '-tcpAddr', `127.0.0.1:${port}`, '-grpcAddr=127.0.0.1:0');
    const at = (path: string) => new TopicClient(`http://127.0.0.1:${port}${path}`, topic);
    const [standard, east, west] = [at(''), at('/clusters/east'), at('/clusters/west')];
    await eventually(async () => running.output().includes(socket) || undefined, 'it says where it listens');
    await east.postSync('hello');
    const group = uniqueName('group');
    expect(await east.setOffsets(group, [{ partition: 0, offset: 0 }])).toBe(200);
    const messages = [
      await eventually(() => east.get(group), 'it comes'),
      await eventually(() => west.get(group), 'it comes'),
    ];
    expect(messages.map(({ value }) => value)).toEqual(['hello', 'hello']);
    expect(await east.consumers(group)).toEqual({ [group]: { AN_ID: [0] } });
    expect(await standard.consumers(group)).toEqual({ [group]: { ANOTHER_ID: [0] } });
    expect(running.output()).not.toMatch(/unknown key|WARN/);
    await stop(running);
  });

  it('with a key that is not known is taken, with a warning that names the nearest one', async () => {
    const running = run('--config', fileOf(proxy('consumer: {akc_timeout: 5s}')), ...anyPorts);
    await serving(running);
    expect(running.output()).toContain('"level":40,"time":"');
    expect(running.output()).toContain(
      'unknown key proxies.a.consumer.akc_timeout is ignored; the nearest known key is proxies.a.consumer.ack_timeout',
    );
    await stop(running);
  });

  it('serves HTTP over TCP where unix_addr holds a colon, and nothing where tcp_addr is empty', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const running = run('--config', fileOf(`tcp_addr: ""\nunix_addr: ${address}\n${proxy()}`));
    expect(await serving(running)).toBe(address);
    expect(await (await fetch(`http://${address}/_ping`)).text()).toBe('pong');
    await stop(running);
  });
});

describe('the log', () => {
  /** What is printed from the start to the end of a daemon with these loggers. */
  async function printed(loggers: string): Promise<string[]> {
    const port = await freePort();
    const running = run(
      '--config',
      fileOf(`logging: ${loggers}\n${proxy('akc: 1')}`),
      '--tcpAddr',
      `127.0.0.1:${port}`,
    );
    await eventually(async () => {
      const response = await fetch(`http://127.0.0.1:${port}/_ping`).catch(() => undefined);
      return response?.ok || undefined;
    }, 'the daemon serves');
    await stop(running);
    return running
      .output()
      .split('\n')
      .filter((line) => line !== '');
  }

  it('has lines for people where the console is named', async () => {
    const lines = await printed('[{name: console, severity: info}]');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines)
      expect(line).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d{4}\] (INFO|WARN): /);
  });

  it('has an object a line where json is named, from its severity on', async () => {
    const lines = await printed('[{name: json, severity: warning}, {name: syslog, severity: debug}]');
    const levels = lines.map((line) => (JSON.parse(line) as { level: number }).level);
    expect(levels.length).toBeGreaterThan(0);
    expect(Math.min(...levels)).toBe(40);
  });

  it('is nowhere on standard output where neither console nor json is named', async () => {
    expect(await printed('[{name: syslog, severity: info}]')).toEqual([]);
    expect(await printed('[]')).toEqual([]);
  });

  it('takes the loggers of the flag before those of the file', async () => {
    const running = run('--config', fileOf(`logging: []\n${proxy()}`), ...anyPorts, '--logging', '[{"name":"json"}]');
    await serving(running);
    await stop(running);
  });
});
