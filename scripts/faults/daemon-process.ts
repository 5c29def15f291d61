import { hostname } from 'node:os';
import { pino } from 'pino';
import type * as Daemon from '../../src/daemon.js';
import type * as RealHost from '../../src/host/real-host.js';

/**
 * The process of one daemon in a fault run: what the command does, but for a configuration given whole, so that times can be
 * set that the command has no flags for. It runs what was built, as users do.
 *
 * Arguments: the configuration as JSON.
 */

const built = new URL('../../dist/', import.meta.url);
const { startDaemon } = (await import(new URL('daemon.js', built).href)) as typeof Daemon;
const { realHost } = (await import(new URL('host/real-host.js', built).href)) as typeof RealHost;

const log = pino({ base: { host: hostname() } }, pino.destination({ fd: 1, sync: true }));
const daemon = await startDaemon({
  config: JSON.parse(process.argv[2] ?? '{}'),
  host: realHost(),
  log,
  command: 'kafka-pixy',
  onFatal: (error) => {
    log.fatal({ err: error }, 'the daemon cannot go on');
    process.exit(1);
  },
});
process.once('SIGTERM', () => {
  void daemon.drain().then(() => process.exit(0));
});
