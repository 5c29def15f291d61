import { loadConfig, parseDurationMs, standardInspectAddress, type FlagValues } from '../config/config.js';
import { PixyError } from '../errors/pixy-error.js';
import type { Host } from '../host/host.js';
import { startInspector } from '../inspector/inspector.js';
import { DemoFailure, demoRebalance, type DemoTerminal } from './demo-rebalance.js';
import { createLog } from './log.js';

export interface DemoCommandOptions {
  readonly flags: FlagValues;
  /** As given: `true`, or a duration. */
  readonly auto: string | undefined;
  readonly real: string | undefined;
  readonly topic: string | undefined;
  readonly host: Host;
  readonly terminal: DemoTerminal;
  readonly product: string;
  /** Aborted by a signal. */
  readonly ended: AbortSignal;
}

const standardPauseMs = 5000;
const command = 'kafka-pixy demo rebalance';

/**
 * `kafka-pixy demo rebalance`: returns the exit code. What the daemons would log is not shown, unless `--logging` or
 * `PIXY_LOG_LEVEL` asks for it. @throws PixyError, DemoFailure: why it could not be shown, for a person
 */
export async function demoCommand(options: DemoCommandOptions): Promise<number> {
  const { host, flags, product, terminal, topic, ended } = options;
  const autoMs = pauseOf(options.auto);
  const { config } = loadConfig(flags, host.identity.env);
  const quiet = flags.logging === undefined && host.identity.env.PIXY_LOG_LEVEL === undefined;
  const { log, close: closeLog } = createLog(quiet ? [] : config.logging, host);
  try {
    await demoRebalance({
      host,
      config,
      log,
      terminal,
      ended,
      real: options.real === 'true',
      ...(topic !== undefined && { topic }),
      ...(autoMs !== undefined && { autoMs }),
      openPage: (wiring) => {
        const address = config.inspectAddr || standardInspectAddress;
        return startInspector({ ...wiring, address, clock: host.clock, log, command, product });
      },
    });
    return 0;
  } finally {
    await closeLog();
  }
}

function pauseOf(auto: string | undefined): number | undefined {
  if (auto === undefined || auto === 'false') return undefined;
  if (auto === 'true') return standardPauseMs;
  const pauseMs = parseDurationMs(auto);
  if (pauseMs !== undefined) return pauseMs;
  throw new PixyError('bad-option', { option: '--auto', value: auto, allowed: 'a duration, as in 500ms, 5s or 1m' });
}

/** A failure that is told in one line. */
export const isTold = (error: unknown): error is Error => error instanceof PixyError || error instanceof DemoFailure;
