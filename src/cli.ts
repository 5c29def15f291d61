#!/usr/bin/env -S node --max-semi-space-size=8
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { DemoTerminal } from './cli/demo-rebalance.js';
import type { FlagName, FlagValues } from './config/config.js';
import type { Daemon } from './daemon.js';
import type { EmbeddedWorld } from './embedded/world.js';

/**
 * The command: parses, calls, and owns the process. Nothing else touches signals or the exit code.
 *
 * The flag above keeps V8's nursery at 8 MiB a half instead of 16: less resident memory, for no speed that the benchmark
 * could see, because what lives long here is in buffers outside of V8's heap. With 4, async posts cost a third more.
 */

// From before everything else is loaded, which may take a second: a chaos run that is interrupted by then ends as one, too.
const chaosSignal = process.argv[2] === 'chaos' && process.argv[3] === 'run' ? nextSignal() : undefined;

const { Cli, Command, Option } = await import('clipanion');
const { explainUsage, normalizeArgv } = await import('./cli/argv.js');
const { chaosFlagTable, chaosSwitchFlags, chaosUsage } = await import('./cli/chaos-flags.js');
const { demoLines, makeDemoWorld } = await import('./cli/demo.js');
const { demoFlagTable, demoSwitchFlags, joinPause } = await import('./cli/demo-flags.js');
const { helpText } = await import('./cli/help.js');
const { createLog } = await import('./cli/log.js');
const { addressSwitchFlags, flagTable, loadConfig, standardInspectAddress, switchFlags } =
  await import('./config/config.js');
const { PixyError } = await import('./errors/pixy-error.js');
const { realHost } = await import('./host/real-host.js');

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
const host = realHost();

function writePidFile(path: string): void {
  if (path === '') return;
  try {
    writeFileSync(path, String(host.identity.pid));
  } catch (error) {
    throw new PixyError('bad-pid-file', { path, reason: (error as Error).message }, { cause: error });
  }
}

const option = (name: FlagName) => Option.String(`--${name}`);

abstract class DaemonCommand extends Command {
  readonly grpcAddr = option('grpcAddr');
  readonly tcpAddr = option('tcpAddr');
  readonly unixAddr = option('unixAddr');
  readonly pidFile = option('pidFile');
  readonly logging = option('logging');
  readonly inspect = option('inspect');
  readonly dumpDir = option('dumpDir');
  readonly allowFaults = option('allowFaults');
  readonly drainTimeout = option('drainTimeout');

  /** Runs until a signal, or a failure that cannot be lived with. What keeps it from starting is one line. */
  protected async run(flags: FlagValues, world?: EmbeddedWorld, onServing?: (daemon: Daemon) => void): Promise<number> {
    try {
      return await this.#serve(flags, world, onServing);
    } catch (error) {
      if (!(error instanceof PixyError)) throw error;
      this.context.stderr.write(`kafka-pixy: ${error.message}\n`);
      return 1;
    }
  }

  async #serve(
    flags: FlagValues,
    world: EmbeddedWorld | undefined,
    onServing: ((daemon: Daemon) => void) | undefined,
  ): Promise<number> {
    // Half of what there is to load: whoever wants to know the version, or runs a chaos script, does not wait for it.
    const { startDaemon } = await import('./daemon.js');
    const { config, warnings, optionAt } = loadConfig(flags, host.identity.env);
    const { log, close: closeLog } = createLog(config.logging, host);
    for (const warning of warnings) log.warn(warning);
    writePidFile(config.pidFile);
    let fail: (error: unknown) => void = () => {};
    const failed = new Promise<1>((resolve) => {
      fail = (error) => {
        log.fatal({ err: error }, 'the daemon cannot go on');
        resolve(1);
      };
    });
    const command = world ? 'npm start --' : 'kafka-pixy';
    // From before it listens on: whoever is answered may already tell it to stop.
    const signal = nextSignal();
    const product = `kafka-pixy ${version}`;
    const daemon = await startDaemon({
      config,
      host,
      log,
      command,
      product,
      optionAt,
      onFatal: fail,
      ...(world && { world }),
    });
    onServing?.(daemon);
    const signalled = signal.then(async (name) => {
      log.info({ signal: name }, 'stopping');
      await daemon.drain();
      log.info('stopped');
      return 0 as const;
    });
    const code = await Promise.race([signalled, failed]);
    await closeLog();
    return code;
  }
}

/** The first of the signals that end a daemon; further ones are ignored. */
function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT']) process.on(signal, () => resolve(signal));
  });
}

class ServeCommand extends DaemonCommand {
  static override paths = [Command.Default];
  readonly config = option('config');
  readonly kafkaPeers = option('kafkaPeers');
  readonly zookeeperPeers = option('zookeeperPeers');
  readonly tls = option('tls');
  readonly caCertFile = option('caCertFile');
  readonly clientCertFile = option('clientCertFile');
  readonly clientCertKeyFile = option('clientCertKeyFile');
  readonly insecureTLS = option('insecureTLS');

  async execute(): Promise<number> {
    return this.run(this);
  }
}

class DevCommand extends DaemonCommand {
  static override paths = [['dev']];

  async execute(): Promise<number> {
    const world = await makeDemoWorld(host);
    // Only this machine: a demo is nobody else's business.
    const addresses = {
      tcpAddr: this.tcpAddr ?? '127.0.0.1:19092',
      grpcAddr: this.grpcAddr ?? '127.0.0.1:19091',
      inspect: this.inspect ?? standardInspectAddress,
    };
    return this.run({ ...this, ...addresses }, world, ({ addresses: [http], grpcAddress, inspectAddress }) => {
      this.context.stdout.write(`${demoLines(http!, grpcAddress, inspectAddress).join('\n')}\n`);
    });
  }
}

/** This process's own: keys come one by one where standard input is a terminal. */
function terminal(): DemoTerminal {
  const { stdin, stdout } = process;
  const write = (text: string): void => void stdout.write(text);
  if (!stdin.isTTY) return { write };
  const onKey = (listener: (key: string) => void): void => {
    stdin.setRawMode(true).setEncoding('utf8');
    stdin.on('data', (key: string) => listener(key));
  };
  return { write, onKey };
}

class DemoCommand extends Command {
  static override paths = [['demo', 'rebalance'], ['demo']];
  readonly auto = Option.String('--auto');
  readonly real = Option.String('--real');
  readonly topic = Option.String('--topic');
  readonly kafkaPeers = option('kafkaPeers');
  readonly zookeeperPeers = option('zookeeperPeers');
  readonly inspect = option('inspect');
  readonly logging = option('logging');

  async execute(): Promise<number> {
    const { auto, real, topic, kafkaPeers, zookeeperPeers, inspect, logging } = this;
    const end = new AbortController();
    void nextSignal().then(() => end.abort());
    // A daemon in earnest has no use for it.
    const { demoCommand, isTold } = await import('./cli/demo-command.js');
    const wiring = { host, terminal: terminal(), product: `kafka-pixy ${version}`, ended: end.signal };
    try {
      return await demoCommand({
        flags: { kafkaPeers, zookeeperPeers, inspect, logging },
        auto,
        real,
        topic,
        ...wiring,
      });
    } catch (error) {
      if (!isTold(error)) throw error;
      this.context.stderr.write(`kafka-pixy: ${error.message}\n`);
      return 1;
    }
  }
}

class ChaosCheckCommand extends Command {
  static override paths = [['chaos', 'check']];
  readonly seed = Option.String('--seed');
  readonly scripts = Option.Rest();

  async execute(): Promise<number> {
    const { chaosCheck } = await import('./cli/chaos-check.js');
    const { stdout, stderr } = this.context;
    return chaosCheck({
      scripts: this.scripts,
      seed: this.seed,
      print: (line) => void stdout.write(`${line}\n`),
      complain: (line) => void stderr.write(`kafka-pixy: ${line}\n`),
    });
  }
}

class ChaosRunCommand extends Command {
  static override paths = [['chaos', 'run']];
  readonly seed = Option.String('--seed');
  readonly json = Option.String('--json');
  readonly junit = Option.String('--junit');
  readonly html = Option.String('--html');
  readonly keep = Option.String('--keep');
  readonly scripts = Option.Rest();

  async execute(): Promise<number> {
    const { scripts, seed, json, junit, html, keep } = this;
    const { stdout, stderr } = this.context;
    if (scripts.length === 0) {
      stderr.write(
        'kafka-pixy: chaos run needs the path of a script, or of several; docs/CHAOS.md says how one is written\n',
      );
      return 2;
    }
    const end = new AbortController();
    void (chaosSignal ?? nextSignal()).then(() => end.abort());
    const { chaosRun, chaosExitCodes, isTold } = await import('./cli/chaos-run.js');
    try {
      return await chaosRun({
        scripts,
        seed,
        json,
        junit,
        html,
        keep,
        host,
        daemonCommand: [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)],
        product: `kafka-pixy ${version}`,
        print: (line) => void stdout.write(`${line}\n`),
        ended: end.signal,
      });
    } catch (error) {
      // A defect of ours says nothing of the messages either.
      stderr.write(`kafka-pixy: ${isTold(error) ? error.message : String((error as Error).stack)}\n`);
      return chaosExitCodes.notRun;
    }
  }
}

const commands = [ServeCommand, DevCommand, DemoCommand, ChaosCheckCommand, ChaosRunCommand];
const commandNames = ['dev', 'demo', 'rebalance', 'chaos', 'check', 'run'];

async function main(argv: readonly string[]): Promise<number> {
  const cli = new Cli({ binaryLabel: 'kafka-pixy', binaryName: 'kafka-pixy', binaryVersion: version });
  for (const command of commands) cli.register(command);
  const isDemo = argv.includes('demo');
  const isChaos = argv[0] === 'chaos';
  // What a daemon is told has no meaning for a script, which says itself what its daemons are told.
  const flagNames = isChaos
    ? Object.keys(chaosFlagTable)
    : [...Object.keys(flagTable), ...(isDemo ? Object.keys(demoFlagTable) : [])];
  const switches = isChaos ? chaosSwitchFlags : [...switchFlags, ...(isDemo ? demoSwitchFlags : [])];
  const normalized = normalizeArgv(joinPause(argv), flagNames, switches, addressSwitchFlags);
  if (normalized.some((argument) => argument === '--help' || argument === '-h')) {
    process.stdout.write(helpText(version));
    return 0;
  }
  if (normalized.includes('--version')) {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  try {
    // Clipanion's own words for what it refuses are a page long.
    cli.process(normalized, Cli.defaultContext);
  } catch {
    const isScripts = isChaos && (argv[1] === 'run' || argv[1] === 'check');
    const why = isChaos && !isScripts ? chaosUsage : explainUsage(normalized, flagNames, commandNames, isScripts);
    process.stderr.write(`kafka-pixy: ${why}\n`);
    // With 1, a run would have said that messages were not safe.
    return isChaos ? 2 : 1;
  }
  return cli.run(normalized, Cli.defaultContext);
}

// Whoever reads no further, like `head`, ends neither a daemon nor what a command is at.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

// Sockets of polls that are still answered somewhere must not keep a process that has nothing more to say.
process.exit(await main(process.argv.slice(2)));
