import { createSocket } from 'node:dgram';
import type { Host } from '../host/host.js';

export interface Syslog {
  /** Takes one line of the log, as JSON. Never throws, never waits. */
  write(line: string): void;
  /** Ends when everything was sent, or after a moment. */
  close(): Promise<void>;
}

/** Sends a packet somewhere, and tells when the system has taken it or refused to. */
export interface PacketSender {
  send(packet: Buffer, onSent: () => void): void;
  close(): void;
}

/** RFC 3164, section 4.1: what a receiver must take. */
const packetBytesMax = 1024;
/** Handed to the system and not yet taken by it; beyond it lines are dropped, and counted. */
const unsentMax = 1000;
const closeTimeoutMs = 500;

const daemonFacility = 3;
/** By pino's levels, RFC 3164's severities. */
const severities: readonly (readonly [level: number, severity: number])[] = [
  [60, 2],
  [50, 3],
  [40, 4],
  [30, 6],
  [0, 7],
];
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** To the syslog of this machine, where the original sends to. */
export function udpSender(address = '127.0.0.1', port = 514): PacketSender {
  const socket = createSocket('udp4');
  // Errors of sending come to the callback too; this one keeps them from ending the process.
  socket.on('error', () => {});
  socket.unref();
  return {
    send: (packet, onSent) => socket.send(packet, port, address, onSent),
    close: () => socket.close(),
  };
}

/** Sends lines to a syslog, as RFC 3164 has them, with the tag `kafka-pixy`. A syslog that is not there is no error. */
export function createSyslog(host: Host, sender = udpSender()): Syslog {
  let unsent = 0;
  let dropped = 0;
  let whenSent = (): void => {};
  const send = (packet: Buffer): void => {
    unsent++;
    sender.send(packet, () => {
      if (--unsent === 0) whenSent();
    });
  };
  return {
    write(line) {
      if (unsent >= unsentMax) {
        dropped++;
        return;
      }
      if (dropped > 0) {
        send(packetOf(host, { level: 40, msg: `${dropped} lines were dropped: the syslog could not be sent to` }));
        dropped = 0;
      }
      send(packetOf(host, JSON.parse(line) as LogLine));
    },
    async close() {
      if (unsent > 0) {
        await new Promise<void>((resolve) => {
          const timer = host.clock.setTimeout(resolve, closeTimeoutMs);
          whenSent = () => {
            host.clock.clearTimeout(timer);
            resolve();
          };
        });
      }
      sender.close();
    },
  };
}

interface LogLine {
  readonly level: number;
  readonly msg?: string;
  readonly [key: string]: unknown;
}

function packetOf({ clock, identity }: Host, { level, msg = '', time: _, ...rest }: LogLine): Buffer {
  const severity = severities.find(([from]) => level >= from)?.[1] ?? 7;
  const keys = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const header = `<${daemonFacility * 8 + severity}>${timestamp(clock.wallMs())} ${identity.hostname}`;
  // A line break would end the line for many receivers.
  const text = [`${header} kafka-pixy[${identity.pid}]: ${msg}`, ...keys].join(' ').replaceAll(/[\r\n]+/g, ' ');
  return Buffer.from(text).subarray(0, packetBytesMax);
}

/** `Jan  2 03:04:05`, in the time of this place. */
function timestamp(wallMs: number): string {
  // eslint-disable-next-line no-restricted-globals -- writes down a time that was given; no clock is read
  const at = new Date(wallMs);
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `${months[at.getMonth()]} ${String(at.getDate()).padStart(2)} ${clock.join(':')}`;
}
