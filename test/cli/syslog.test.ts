import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { pino, stdTimeFunctions } from 'pino';
import { describe, expect, it } from 'vitest';
import { createSyslog, udpSender, type PacketSender } from '../../src/cli/syslog.js';
import { virtualHost } from '../../src/host/virtual-host.js';

const host = virtualHost(1, { hostname: 'h1', pid: 42 });

/** Keeps what is sent; each packet is taken when the test says so. */
function scriptedSender() {
  const packets: string[] = [];
  const waiting: (() => void)[] = [];
  let closed = false;
  const sender: PacketSender = {
    send(packet, onSent) {
      packets.push(packet.toString());
      waiting.push(onSent);
    },
    close: () => void (closed = true),
  };
  const takeAll = () => waiting.splice(0).forEach((onSent) => onSent());
  return { sender, packets, takeAll, closed: () => closed };
}

const line = (level: number, msg: string, more: object = {}) => JSON.stringify({ level, time: 'x', ...more, msg });

describe('the syslog', () => {
  it('gets a line with facility, severity, time, host and tag, as RFC 3164 has it', () => {
    const { sender, packets } = scriptedSender();
    const syslog = createSyslog(host, sender);
    for (const level of [10, 20, 30, 40, 50, 60]) syslog.write(line(level, `level ${level}`));
    expect(packets.map((packet) => /^<(\d+)>/.exec(packet)?.[1])).toEqual(['31', '31', '30', '28', '27', '26']);
    expect(packets[2]).toMatch(/^<30>\w{3} [ \d]\d \d\d:\d\d:\d\d h1 kafka-pixy\[42\]: level 30$/);
  });

  it('gets what a line says beside its text, and no line break', () => {
    const { sender, packets } = scriptedSender();
    createSyslog(host, sender).write(line(30, 'first\nsecond', { cluster: 'east', err: { stack: 'a\nb' } }));
    expect(packets[0]).toMatch(/: first second cluster="east" err=\{"stack":"a\\nb"\}$/);
  });

  it('gets no more than 1024 bytes of a line', () => {
    const { sender, packets } = scriptedSender();
    createSyslog(host, sender).write(line(30, 'x'.repeat(5000)));
    expect(packets[0]).toHaveLength(1024);
  });

  it('is not waited for: beyond a thousand lines on their way they are dropped, and counted', () => {
    const { sender, packets, takeAll } = scriptedSender();
    const syslog = createSyslog(host, sender);
    for (let at = 0; at < 1250; at++) syslog.write(line(30, `line ${at}`));
    expect(packets).toHaveLength(1000);
    takeAll();
    syslog.write(line(30, 'afterwards'));
    expect(packets.slice(1000).map((packet) => packet.replace(/^.*?: /, ''))).toEqual([
      '250 lines were dropped: the syslog could not be sent to',
      'afterwards',
    ]);
  });

  it('gets the last lines before the process ends, which waits half a second for them at most', async () => {
    const first = scriptedSender();
    const taken = createSyslog(host, first.sender);
    taken.write(line(30, 'last'));
    let ended = 0;
    void taken.close().then(() => ended++);
    await host.clock.runFor(100);
    expect(ended).toBe(0);
    first.takeAll();
    await host.clock.runFor(0);
    expect([ended, first.closed()]).toEqual([1, true]);

    const second = scriptedSender();
    const stuck = createSyslog(host, second.sender);
    stuck.write(line(30, 'last'));
    void stuck.close().then(() => ended++);
    await host.clock.runFor(499);
    expect(ended).toBe(1);
    await host.clock.runFor(1);
    expect([ended, second.closed()]).toEqual([2, true]);
  });

  it('is sent to by UDP, and may be away', async () => {
    const receiver = createSocket('udp4');
    await new Promise<void>((resolve) => receiver.bind(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    const received = new Promise<string>((resolve) => receiver.once('message', (packet) => resolve(packet.toString())));
    const syslog = createSyslog(host, udpSender('127.0.0.1', port));
    const log = pino({ base: null, timestamp: stdTimeFunctions.isoTime }, syslog);
    log.warn({ cluster: 'east' }, 'look');
    expect(await received).toMatch(/^<28>\w{3} [ \d]\d [\d:]{8} h1 kafka-pixy\[42\]: look cluster="east"$/);
    await new Promise<void>((resolve) => receiver.close(() => resolve()));
    for (let at = 0; at < 3; at++) log.warn('nobody listens');
    await syslog.close();
  });
});
