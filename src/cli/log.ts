import { destination, multistream, pino, stdTimeFunctions, type Level, type Logger, type StreamEntry } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/config.js';
import type { Host } from '../host/host.js';
import { createSyslog } from './syslog.js';

type LoggerConfig = NonNullable<Config['logging']>[number];

/** The log of the process. */
export interface ProcessLog {
  readonly log: Logger;
  /** Waits a moment for what is on its way over the network. Never rejects. */
  close(): Promise<void>;
}

const levels = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' } as const;

/** Lines for people: on a terminal, where today is known, with the time alone, and in colours. */
function consoleStream() {
  const onTerminal = process.stdout.isTTY === true;
  return pretty({
    colorize: onTerminal,
    translateTime: onTerminal ? 'SYS:HH:MM:ss.l' : 'SYS:yyyy-mm-dd HH:MM:ss.l o',
    ignore: 'incarnation',
    singleLine: true,
    sync: true,
  });
}

/**
 * Writes to every logger that is configured, each from its severity on; where none is given, to standard output, for
 * people on a terminal and for programs elsewhere, from `PIXY_LOG_LEVEL` on. An empty list writes nothing, as in the original.
 */
export function createLog(loggers: Config['logging'], host: Host): ProcessLog {
  const closing: (() => Promise<void>)[] = [];
  const streamOf = (name: LoggerConfig['name']): StreamEntry['stream'] => {
    if (name === 'console') return consoleStream();
    if (name === 'json') return destination(1);
    const syslog = createSyslog(host);
    closing.push(() => syslog.close());
    return syslog;
  };
  const standard = (wanted = 'info'): StreamEntry[] => {
    if (wanted === 'silent') return [];
    // What is no level is not worth being silent for.
    const level = Object.hasOwn(pino.levels.values, wanted) ? (wanted as Level) : 'info';
    return [{ level, stream: streamOf(process.stdout.isTTY ? 'console' : 'json') }];
  };
  const streams: StreamEntry[] = loggers
    ? loggers.map(({ name, severity }) => ({ level: levels[severity], stream: streamOf(name) }))
    : standard(host.identity.env.PIXY_LOG_LEVEL);
  // Of the log itself, so that what no logger takes is not even put together.
  const ranks = streams.map(({ level }) => pino.levels.values[level as Level] ?? Infinity);
  const level = pino.levels.labels[Math.min(...ranks)] ?? 'silent';
  return {
    log: pino({ base: null, level, timestamp: stdTimeFunctions.isoTime }, multistream(streams)),
    close: async () => void (await Promise.all(closing.map((close) => close()))),
  };
}
