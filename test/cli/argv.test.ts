import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';
import type * as Clipanion from 'clipanion';
import { describe, expect, it } from 'vitest';
import { explainUsage, normalizeArgv } from '../../src/cli/argv.js';

// The package's ESM build cannot be loaded by Node, and vite prefers it; Node itself takes the CommonJS one.
const { Cli, Command, Option } = createRequire(import.meta.url)('clipanion') as typeof Clipanion;

const flags = ['kafkaPeers', 'tcpAddr', 'pidFile', 'tls', 'inspect'];
const switches = ['tls', 'inspect'];
const addressSwitches = ['inspect'];
const commands = ['dev'];

class Serve extends Command {
  static override paths = [Command.Default, ['dev']];
  tcpAddr = Option.String('--tcpAddr');
  pidFile = Option.String('--pidFile');
  override execute(): Promise<void> {
    return Promise.resolve();
  }
}

/** What Clipanion makes of an argv once it is normalized, or our one line when it refuses. */
function parse(...argv: string[]) {
  const cli = new Cli({ binaryName: 'kafka-pixy' });
  cli.register(Serve);
  const normalized = normalizeArgv(argv, flags, switches, addressSwitches);
  try {
    const { tcpAddr, pidFile } = cli.process(normalized, { stdout: new PassThrough() }) as Serve;
    return { tcpAddr, pidFile };
  } catch {
    return explainUsage(normalized, flags, commands);
  }
}

describe('argv', () => {
  it.each([
    [['--tcpAddr', 'a:1']],
    [['-tcpAddr', 'a:1']],
    [['--tcpAddr=a:1']],
    [['-tcpAddr=a:1']],
    [['dev', '-tcpAddr=a:1']],
    [['-tcpAddr=b:2', '--tcpAddr', 'a:1']],
  ])('takes %j', (argv) => {
    expect(parse(...argv)).toEqual({ tcpAddr: 'a:1', pidFile: undefined });
  });

  it('keeps what follows the first equals sign, empty or not', () => {
    expect(parse('--tcpAddr=', '-pidFile=a=b c\nd')).toEqual({ tcpAddr: '', pidFile: 'a=b c\nd' });
    expect(parse('--tcpAddr', '', '--pidFile', '=x')).toEqual({ tcpAddr: '', pidFile: '=x' });
    expect(parse('--pidFile', '-')).toEqual({ tcpAddr: undefined, pidFile: '-' });
  });

  it('puts one dash before help and version to two', () => {
    expect(normalizeArgv(['-help', '-version', '-h', '--help'], flags, switches, addressSwitches)).toEqual([
      '--help',
      '--version',
      '-h',
      '--help',
    ]);
  });

  it('gives a boolean flag the value behind its equals sign, or true, and never the next argument', () => {
    expect(normalizeArgv(['-tls', '--tls=false', '-tls=', 'dev'], flags, switches, addressSwitches)).toEqual([
      '--tls',
      'true',
      '--tls',
      'false',
      '--tls',
      '',
      'dev',
    ]);
  });

  it.each([
    [['--inspect'], ['--inspect', 'true']],
    [
      ['-inspect', 'dev'],
      ['--inspect', 'true', 'dev'],
    ],
    [
      ['--inspect', '--tls'],
      ['--inspect', 'true', '--tls', 'true'],
    ],
    [
      ['--inspect', '127.0.0.1:1', 'dev'],
      ['--inspect', '127.0.0.1:1', 'dev'],
    ],
    [
      ['dev', '-inspect', ':8080'],
      ['dev', '--inspect', ':8080'],
    ],
    [
      ['--inspect', '[::1]:8080'],
      ['--inspect', '[::1]:8080'],
    ],
    [
      ['--inspect', '8080', '--pidFile', 'x'],
      ['--inspect', '8080', '--pidFile', 'x'],
    ],
    [
      ['--inspect=pixy:1', '2'],
      ['--inspect', 'pixy:1', '2'],
    ],
    [
      ['--inspect=', ':8080'],
      ['--inspect', '', ':8080'],
    ],
    [
      ['--tls', '8080'],
      ['--tls', 'true', '8080'],
    ],
  ])('takes what looks like an address behind a flag that may have one: %j', (argv, normalized) => {
    expect(normalizeArgv(argv, flags, switches, addressSwitches)).toEqual(normalized);
  });

  it('touches nothing behind a double dash, and nothing that it does not know', () => {
    const argv = ['-x=1', '-', '---', '--tcpaddr=1', '--', '-tcpAddr=1'];
    expect(normalizeArgv(argv, flags, switches, addressSwitches)).toEqual(argv);
  });

  it.each([
    [['--tcpadr', 'x'], 'unknown flag --tcpadr, did you mean --tcpAddr?; see kafka-pixy --help'],
    [['--tcpaddr=x'], 'unknown flag --tcpaddr, did you mean --tcpAddr?; see kafka-pixy --help'],
    [['--pidFile', 'x', '-frobnicate'], 'unknown flag -frobnicate; see kafka-pixy --help'],
    [['--version=3'], '--version takes no value; see kafka-pixy --help'],
    [['--tcpAddr'], '--tcpAddr needs a value; see kafka-pixy --help'],
    [
      ['--tcpAddr', '--pidFile', 'x'],
      '--tcpAddr needs a value that does not begin with a dash, not --pidFile; see kafka-pixy --help',
    ],
    [['-pidFile=-x'], '--pidFile needs a value that does not begin with a dash, not -x; see kafka-pixy --help'],
    [['deb'], 'unexpected argument "deb", did you mean dev?; see kafka-pixy --help'],
    [['serve'], 'unexpected argument "serve"; see kafka-pixy --help'],
    [['dev', 'dev'], 'these arguments do not go together: dev dev; see kafka-pixy --help'],
  ])('refuses %j in one line', (argv, line) => {
    expect(parse(...argv)).toBe(line);
  });

  it.each([
    [['chaos', 'run', 'a.yaml', '--bogus'], 'unknown flag --bogus; see kafka-pixy --help'],
    [['chaos', 'run', 'a.yaml', '-htm', 'x'], 'unknown flag -htm, did you mean --html?; see kafka-pixy --help'],
    [['chaos', 'run', 'a.yaml', '--html'], '--html needs a value; see kafka-pixy --help'],
    [
      ['chaos', 'run', 'a.yaml', '--seed', '-1'],
      '--seed needs a value that does not begin with a dash, not -1; see kafka-pixy --help',
    ],
  ])('blames the flag and not the path where paths are taken: %j', (argv, line) => {
    expect(explainUsage(argv, ['html', 'seed'], ['chaos', 'run'], true)).toBe(line);
  });
});
