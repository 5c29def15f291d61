import { comparedRows } from './comparison.js';
import { isRowName, rowNames, type RowName } from './rows.js';

export interface BenchArguments {
  /** The 30-second version. */
  readonly quick: boolean;
  /** Compares daemons without the inspector, with it, and with somebody who looks. */
  readonly inspector: boolean;
  /** Folder of a checkout, built, whose daemon is compared with this one. */
  readonly against: string | undefined;
  readonly only: readonly RowName[];
  /** Folder for a CPU profile of the daemon. */
  readonly profile: string | undefined;
}

export const usage = `npm run bench -- [--quick] [--only ROW[,ROW]] [--profile FOLDER]
npm run bench -- --inspector|--against FOLDER [--quick] [--only ROW[,ROW]]

  --quick      shorter phases, one round, about 45 seconds
  --only       of ${rowNames.join(', ')}
  --profile    writes a CPU profile of the daemon, for Chrome's developer tools
  --inspector  what the inspector costs: off, on, and on with a viewer
  --against    compares the daemon with that of another checkout, which is built already

The last two are for ${comparedRows.join(', ')}.`;

/** @throws Error in words for the person at the terminal */
export function parseArguments(argv: readonly string[]): BenchArguments {
  let quick = false;
  let inspector = false;
  let against: string | undefined;
  let only: readonly RowName[] | undefined;
  let profile: string | undefined;
  const rest = argv.flatMap((word) => (/^--\w+=/.test(word) ? splitAtEquals(word) : [word]));
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    if (word === '--quick') quick = true;
    else if (word === '--inspector') inspector = true;
    else if (word === '--against') against = valueOf(word, rest[++at]);
    else if (word === '--only') only = rowsOf(rest[++at]);
    else if (word === '--profile') profile = valueOf(word, rest[++at]);
    else throw new Error(`${word} is not known.\n\n${usage}`);
  }
  if ([inspector, against !== undefined, profile !== undefined].filter(Boolean).length > 1)
    throw new Error(`Of --inspector, --against and --profile, one at a time.\n\n${usage}`);
  const all: readonly RowName[] = inspector || against !== undefined ? comparedRows : rowNames;
  const alone = only?.find((name) => !all.includes(name));
  if (alone !== undefined) throw new Error(`Daemons are compared by ${all.join(', ')}, not by ${alone}.`);
  return { quick, inspector, against, only: only ?? all, profile };
}

function splitAtEquals(word: string): string[] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

function valueOf(flag: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new Error(`${flag} wants a value.\n\n${usage}`);
  return value;
}

function rowsOf(list: string | undefined): readonly RowName[] {
  const wanted = valueOf('--only', list).split(',');
  for (const name of wanted) {
    if (!isRowName(name)) throw new Error(`There is no row ${name}; there are ${rowNames.join(', ')}.`);
  }
  return rowNames.filter((name) => wanted.includes(name));
}
