import { nearest } from '../config/config.js';

/** Flags that take no value, known to every command. */
const switches = ['help', 'version'];

/** `host:port`, `[::1]:port`, `:port` or a port. */
const looksLikeAddress = /^(?:[^\s/-][^\s/]*:|:)?\d{1,5}$/;

/**
 * Puts argv (without node and script) into the form that Clipanion 3 takes: two dashes, and a space before the value.
 * It refuses `--tcpAddr=x` because it expects lower case before a `=`, and one dash before a long name; Go's flags, which
 * users of the original write, allow both. What is not known is left as it is, to be refused.
 *
 * @param valueFlags names without dashes of the flags that take a value
 * @param switchFlags those of them that take it behind a "=" only, and are true without one, as Go's booleans
 * @param addressSwitchFlags those of these that take the next argument as well, where it looks like an address or a port
 */
export function normalizeArgv(
  argv: readonly string[],
  valueFlags: readonly string[],
  switchFlags: readonly string[],
  addressSwitchFlags: readonly string[],
): string[] {
  const result: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at]!;
    if (argument === '--') return [...result, ...argv.slice(at)];
    const { name, value } = /^--?(?<name>[^-=][^=]*)(?:=(?<value>[^]*))?$/.exec(argument)?.groups ?? {};
    if (name === undefined) result.push(argument);
    else if (value === undefined && addressSwitchFlags.includes(name) && looksLikeAddress.test(argv[at + 1] ?? ''))
      result.push(`--${name}`, argv[++at]!);
    else if (switchFlags.includes(name)) result.push(`--${name}`, value ?? 'true');
    else if (valueFlags.includes(name)) result.push(`--${name}`, ...(value === undefined ? [] : [value]));
    else if (switches.includes(name) && value === undefined) result.push(`--${name}`);
    else result.push(argument);
  }
  return result;
}

/**
 * Says in one line why a normalized argv was refused; Clipanion itself lists every command it has.
 *
 * @param commands names of the commands that have one
 * @param takesPaths whether any argument may stand beside them, as files do
 */
export function explainUsage(
  argv: readonly string[],
  valueFlags: readonly string[],
  commands: readonly string[],
  takesPaths = false,
): string {
  const hint = 'see kafka-pixy --help';
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at]!;
    const name = /^--?([^=]*)/.exec(argument)?.[1];
    if (name === undefined) {
      if (takesPaths || commands.includes(argument)) continue;
      return `unexpected argument ${JSON.stringify(argument)}${suggestion(argument, commands, '')}; ${hint}`;
    }
    if (valueFlags.includes(name)) {
      const value = argv[++at];
      if (value === undefined) return `--${name} needs a value; ${hint}`;
      if (/^-./.test(value)) return `--${name} needs a value that does not begin with a dash, not ${value}; ${hint}`;
    } else if (switches.includes(name)) {
      if (argument.includes('=')) return `--${name} takes no value; ${hint}`;
    } else {
      return `unknown flag ${argument.replace(/=[^]*/, '')}${suggestion(name, [...valueFlags, ...switches], '--')}; ${hint}`;
    }
  }
  return `these arguments do not go together: ${argv.join(' ')}; ${hint}`;
}

function suggestion(given: string, names: readonly string[], prefix: string): string {
  const found = nearest(given, names);
  // A third of the letters may be wrong; a name further off would be a guess that misleads.
  if (!found || found.distance > Math.max(1, given.length / 3)) return '';
  return `, did you mean ${prefix}${found.name}?`;
}
