import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { commandRunner, freePort, serving } from '../support/command.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';
import { eventually, TopicClient } from '../support/real-daemon.js';

const sh = promisify(execFile);
const { run, ending } = commandRunner();

describe('the command', () => {
  it('gives with each printed curl line the answer that it printed', async () => {
    const running = run('dev', '--tcpAddr', `127.0.0.1:${await freePort()}`);
    await serving(running);
    const lines = (
      await eventually(async () => {
        const text = running.output();
        return text.includes('Ctrl-C') ? text : undefined;
      }, 'the banner')
    ).split('\n');
    const curls = lines.flatMap((line, at) => (line.startsWith('  curl') ? [at] : []));
    expect(curls).toHaveLength(3);
    for (const at of curls) {
      const end = lines.findIndex((line, later) => later > at && !line.startsWith('  '));
      const printed = lines
        .slice(at + 1, end)
        .map((line) => line.slice(2))
        .join('\n');
      const { stdout } = await sh('sh', ['-c', `${lines[at]!.trim()} --silent --max-time 20`]);
      expect(stdout).toBe(printed);
    }
    running.process.kill('SIGINT');
    expect(await running.exited).toBe(0);
  });

  it.each([
    { flags: ['--nonsense', 'x'], line: /unknown flag --nonsense/ },
    { flags: ['--tcpAdr=127.0.0.1:1'], line: /did you mean --tcpAddr\?/ },
    { flags: ['--tcpAddr', 'nowhere'], line: /--tcpAddr: "nowhere" is not allowed/ },
    { flags: ['--kafkaPeers=:9092'], line: /--kafkaPeers/ },
    { flags: ['--pidFile', '/nonexistent/folder/pid'], line: /cannot write the pid file/ },
    { flags: ['--unixAddr', '/nonexistent/folder/socket', '--tcpAddr', '127.0.0.1:0'], line: /cannot listen on/ },
  ])('refuses $flags in one line', async ({ flags, line }) => {
    const running = run(...flags);
    expect(await running.exited).toBe(1);
    const text = running.output();
    expect(text).toMatch(line);
    expect(text.trimEnd().split('\n')).toHaveLength(1);
  });

  it('says which command to use when the port is taken', async () => {
    const first = run('dev', '--tcpAddr', '127.0.0.1:0');
    const address = await serving(first);
    const second = run('dev', '--tcpAddr', address);
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(
      /is taken by another program; use another address: npm start -- dev --tcpAddr|npm start -- --tcpAddr/,
    );
    expect(second.output().trimEnd().split('\n')).toHaveLength(1);
  });

  it.each([['--help'], ['-help'], ['--version']])('answers %s', async (flag) => {
    const running = run(flag);
    expect(await running.exited).toBe(0);
    expect(running.output()).toMatch(flag === '--version' ? /^\d+\.\d+\.\d+/ : /--kafkaPeers/);
  });

  it('takes flags as the original does, serves a Unix socket, and writes a pid file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kafka-pixy-test-'));
    ending.push(() => rm(folder, { recursive: true }));
    const [socket, pidFile] = [join(folder, 'socket'), join(folder, 'pid')];
    const { kafkaPeers, zookeeperPeers } = realCluster();
    const running = run(
      `-kafkaPeers=${kafkaPeers}`,
      '-zookeeperPeers',
      `${zookeeperPeers}/${uniqueName('chroot')}`,
      '-tcpAddr=127.0.0.1:0',
      `--unixAddr=${socket}`,
      '--pidFile',
      pidFile,
    );
    await serving(running);
    const { stdout } = await sh('curl', ['--silent', '--unix-socket', socket, 'http://localhost/_ping']);
    expect(stdout).toBe('pong');
    expect(await readFile(pidFile, 'utf8')).toBe(String(running.process.pid));
    running.process.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    expect(existsSync(socket)).toBe(false);
  });

  it('lets faults happen inside where it was told to, by a socket that goes with it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kafka-pixy-test-'));
    ending.push(() => rm(folder, { recursive: true }));
    const socket = join(folder, 'faults');
    const running = run('dev', '--tcpAddr', '127.0.0.1:0', '--dumpDir', folder, '--allowFaults', socket);
    await serving(running);
    const fault = JSON.stringify({ address: 'default/metadata', fault: 'crash' });
    const curl = ['--silent', '--unix-socket', socket, 'http://localhost/faults', '--data', fault];
    const { stdout } = await sh('curl', curl);
    expect(JSON.parse(stdout)).toEqual({ struck: ['default/metadata'], spared: [] });
    await eventually(
      async () => (running.output().includes('an actor crashed and is restarted') ? true : undefined),
      'the crash is logged',
    );
    expect(running.output()).toContain('faults are allowed');
    running.process.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    expect(existsSync(socket)).toBe(false);
  });

  it('loses nothing that it accepted when it is told to stop under load', async () => {
    const cluster = realCluster();
    const topic = uniqueName('drain');
    await cluster.createTopic(topic, { partitions: 4 });
    const chroot = uniqueName('chroot');
    const peers = ['--kafkaPeers', cluster.kafkaPeers, '--zookeeperPeers', `${cluster.zookeeperPeers}/${chroot}`];
    const running = run(...peers, '--tcpAddr', '127.0.0.1:0');
    const client = new TopicClient(`http://${await serving(running)}`, topic);
    let accepted = 0;
    let stopped = false;
    const load = async () => {
      while (!stopped) {
        try {
          const { status } = await client.post('x'.repeat(500));
          if (status === 200) accepted++;
        } catch {
          // The connection was refused, or cut before an answer: not accepted.
          stopped = true;
        }
      }
    };
    const clients = [...Array(8)].map(load);
    await eventually(async () => (accepted > 500 ? true : undefined), 'some load');
    running.process.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    stopped = true;
    await Promise.all(clients);
    const second = run(...peers, '--tcpAddr', '127.0.0.1:0');
    const offsets = await new TopicClient(`http://${await serving(second)}`, topic).offsets('anyone');
    expect(offsets.reduce((sum, { end }) => sum + end, 0)).toBeGreaterThanOrEqual(accepted);
  });
});
