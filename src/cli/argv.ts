/** Flags that take no value, known to every command. */
const switches = ['help', 'version'];

/**
 * Puts argv (without node and script) into the form that Clipanion 3 takes: two dashes, and a space before the value.
 * It refuses `--tcpAddr=x` because it expects lower case before a `=`, and one dash before a long name; Go's flags, which
 * users of the original write, allow both. What is not known is left as it is, to be refused.
 *
 * @param valueFlags names without dashes of the flags that take a value
 */
export function normalizeArgv(argv: readonly string[], valueFlags: readonly string[]): string[] {
  const result: string[] = [];
  for (const [at, argument] of argv.entries()) {
    if (argument === '--') return [...result, ...argv.slice(at)];
    const { name, value } = /^--?(?<name>[^-=][^=]*)(?:=(?<value>[^]*))?$/.exec(argument)?.groups ?? {};
    if (name === undefined) result.push(argument);
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
 */
export function explainUsage(
  argv: readonly string[],
  valueFlags: readonly string[],
  commands: readonly string[],
): string {
  const hint = 'see kafka-pixy --help';
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at]!;
    const name = /^--?([^=]*)/.exec(argument)?.[1];
    if (name === undefined) {
      if (commands.includes(argument)) continue;
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
  const distances = names.map((name) => ({ name, distance: editDistance(given.toLowerCase(), name.toLowerCase()) }));
  const nearest = distances.sort((a, b) => a.distance - b.distance)[0];
  // A third of the letters may be wrong; a name further off would be a guess that misleads.
  if (!nearest || nearest.distance > Math.max(1, given.length / 3)) return '';
  return `, did you mean ${prefix}${nearest.name}?`;
}

/** Levenshtein's distance: insertions, deletions and replacements of a letter. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, replaced));
    }
  }
  return row[b.length]!;
}
