import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { DaemonLogLine } from './world.js';

/** Levels of pino. */
const errorLevel = 50;
const fatalLevel = 60;
/** Of one process; what is wrong with it shows in fewer. */
const linesMax = 1000;

/** What a fault inside the daemon throws, and what follows from it has in its chain of causes. */
const injected = 'this crash was injected';
const sessionIsOver = 'ZooKeeper session is over';

/** A line of a log that says something of a daemon's state. `undefined`: it does not, or is none of the daemon's. */
export function parseLogLine(daemon: string, line: string): DaemonLogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    // The last one of a process that was killed may be cut.
    return undefined;
  }
  const kind = kindOf(fields);
  if (kind === undefined) return undefined;
  const { level: _, time, ...rest } = fields;
  return { daemon, wallMs: wallMsOf(time), kind, text: JSON.stringify(rest) };
}

function kindOf({ level, msg, err }: Record<string, unknown>): DaemonLogLine['kind'] | undefined {
  if (String(msg).includes(sessionIsOver)) return 'session';
  const isDefect = Number(level) >= fatalLevel || (Number(level) >= errorLevel && err !== undefined);
  if (!isDefect) return undefined;
  return String((err as { message?: unknown } | undefined)?.message).includes(injected) ? undefined : 'defect';
}

function wallMsOf(time: unknown): number {
  // eslint-disable-next-line no-restricted-globals -- reads a time that was written down; no clock is read
  return Date.parse(String(time));
}

/** The log of one process; a daemon's JSON lines, whatever else is in it. */
export async function readDaemonLog(daemon: string, path: string): Promise<DaemonLogLine[]> {
  const found: DaemonLogLine[] = [];
  const input = createReadStream(path);
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const parsed = parseLogLine(daemon, line);
      if (parsed) found.push(parsed);
      if (found.length === linesMax) break;
    }
  } finally {
    input.destroy();
  }
  return found;
}
