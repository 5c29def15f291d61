import { lstatSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { CrashReport } from '../actors/bus/types.js';
import type { Clock, Identity } from '../host/host.js';
import type { StreamHead } from './protocol.js';
import { recordingOf, recordingText } from './recording.js';

/** Dumps that a folder keeps; the oldest go first. */
const filesMax = 20;
/** An actor that fails again and again tells little more by its tenth dump. */
const dumpsPerMinuteMax = 6;
const minuteMs = 60_000;
/** Of an address, in the name of a file. */
const addressCharactersMax = 100;

/** Only files of this name are ever removed. It begins with the time, so that names sort by age. */
const dumpName = /^crash-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-\d+-[A-Za-z0-9._-]+\.json$/;

export interface CrashDumpsOptions {
  /** Made if it is missing, for this user alone. */
  readonly folder: string;
  readonly head: () => StreamHead;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly log: Logger;
}

/** Where dumps go if nobody says otherwise: a folder for each user, for the system's temporary one belongs to all. */
export function defaultDumpFolder({ temporaryFolder, userId }: Identity): string {
  return join(temporaryFolder, userId === undefined ? 'kafka-pixy' : `kafka-pixy-${userId}`);
}

/**
 * Writes the report of a crash as a recording that the inspector's page opens, and returns its path; `undefined`: there were
 * too many within a minute, or it could not be written, which is a warning in the log. Never throws.
 */
export function crashDumps(options: CrashDumpsOptions): (report: CrashReport) => string | undefined {
  const { clock, log, folder } = options;
  let lastMinute: number[] = [];
  return (report) => {
    const nowMs = clock.nowMs();
    lastMinute = lastMinute.filter((atMs) => nowMs - atMs < minuteMs);
    if (lastMinute.length >= dumpsPerMinuteMax) return undefined;
    lastMinute.push(nowMs);
    try {
      return write(report, options);
    } catch (err) {
      const { address } = report;
      log.warn({ err, address, folder }, 'the last records of an actor that crashed could not be written to the disk');
      return undefined;
    }
  };
}

function write(report: CrashReport, { folder, head, clock, identity }: CrashDumpsOptions): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  trust(folder, identity.userId);
  const { address, flights, atMs } = report;
  const recording = recordingOf([{ flights, living: new Map() }], {
    head: head(),
    source: `crash of ${address === '' ? 'the daemon' : address}`,
    nowMs: atMs,
  });
  const name = nameOf(clock.wallMs(), identity.pid, address);
  const path = join(folder, name);
  // With `wx` nothing is written through a link, or over a file, that was there before.
  writeFileSync(path, [...recordingText(recording)].join(''), { flag: 'wx', mode: 0o600 });
  removeOldest(folder, name);
  return path;
}

/** Others must not be able to lead what is written, and what is removed, to another place. @throws Error */
function trust(folder: string, userId: number | undefined): void {
  if (userId === undefined) return;
  for (const { uid } of [lstatSync(folder), statSync(folder)]) {
    if (uid !== userId && uid !== 0) {
      throw new Error(`${folder} belongs to another user (${uid}); name a folder of your own with --dumpDir`);
    }
  }
}

function nameOf(wallMs: number, pid: number, address: string): string {
  // eslint-disable-next-line no-restricted-globals -- writes down a time that was given; no clock is read
  const time = new Date(wallMs).toISOString().replaceAll(':', '-');
  const who = address.replace(/[^A-Za-z0-9._-]+/g, '-').slice(-addressCharactersMax) || 'daemon';
  return `crash-${time}-${pid}-${who}.json`;
}

function removeOldest(folder: string, written: string): void {
  const others = readdirSync(folder).filter((name) => dumpName.test(name) && name !== written);
  const surplus = others.length + 1 - filesMax;
  for (const name of others.sort().slice(0, Math.max(0, surplus))) rmSync(join(folder, name));
}
