import { parseAddress, parseDurationMs } from '../../config/config.js';
import { meantName } from './mistakes.js';
import { listOf, scalar, type ValueType } from './section.js';
import type { SourceNode } from './source.js';

export function whole(min: number, max: number): ValueType<number> {
  return scalar(`a whole number from ${min} to ${max}`, (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

export function text(charsMax: number): ValueType<string> {
  // It is shown on terminals.
  const isShown = (value: string) => value !== '' && value.length <= charsMax && !/\p{Cc}/u.test(value);
  return scalar(`a line of text of at most ${charsMax} characters`, (value) => (isShown(value) ? value : undefined));
}

export function matching(pattern: RegExp, allowed: string): ValueType<string> {
  return scalar(allowed, (value) => (pattern.test(value) ? value : undefined));
}

export function oneOf<const T extends string>(values: readonly T[]): ValueType<T> {
  return scalar(
    `one of ${values.join(', ')}`,
    (value) => values.find((known) => known === value),
    (value) => meantName(value, values),
  );
}

const unitWords: readonly (readonly [RegExp, string])[] = [
  [/^(?:|s|secs?|seconds?)$/i, 's'],
  [/^(?:ms|msecs?|millis|milliseconds?)$/i, 'ms'],
  [/^(?:m|mins?|minutes?)$/i, 'm'],
];

/** `5`, `5 s` and `5 seconds` are no durations, and it is plain what they should be. */
function meantDuration(given: string): string | undefined {
  const { amount, unit = '' } = /^(?<amount>\d+(?:\.\d+)?)\s*(?<unit>[a-z]*)$/i.exec(given)?.groups ?? {};
  const known = unitWords.find(([words]) => words.test(unit))?.[1];
  return amount === undefined || known === undefined || `${amount}${known}` === given ? undefined : `${amount}${known}`;
}

const shownUnits = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

export function showMs(ms: number): string {
  const [unit, unitMs] =
    (ms > 0 && shownUnits.find(([, each]) => ms % each === 0)) || (ms === 0 ? ['s', 1] : ['ms', 1]);
  return `${ms / unitMs}${unit}`;
}

/** Milliseconds. */
export function duration(minMs: number, maxMs: number): ValueType<number> {
  const parse = (value: string) => {
    const ms = parseDurationMs(value);
    return ms !== undefined && ms >= minMs && ms <= maxMs ? ms : undefined;
  };
  const meant = (value: string) => {
    const guess = meantDuration(value);
    return guess !== undefined && parse(guess) !== undefined ? guess : undefined;
  };
  return scalar(`a duration from ${showMs(minMs)} to ${showMs(maxMs)}, as in 500ms, 5s or 1m30s`, parse, meant);
}

export interface DurationRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/** `3s`, or `1s..4s` for any between. */
export function durationRange(maxMs: number): ValueType<DurationRange> {
  return scalar(
    `a duration of at most ${showMs(maxMs)}, or two for any between them, as in 1s..4s`,
    (value) => {
      const [min, max = min, ...more] = value.split('..').map((part) => parseDurationMs(part.trim()));
      if (min === undefined || max === undefined || more.length > 0 || max < min || max > maxMs) return undefined;
      return { minMs: min, maxMs: max };
    },
    meantDuration,
  );
}

/** `50%` as 0.5. */
export const share: ValueType<number> = scalar(
  'a share from 0% to 100%',
  (value) => {
    const percent = /^\d{1,3}%$/.test(value) ? Number.parseInt(value, 10) : NaN;
    return percent <= 100 ? percent / 100 : undefined;
  },
  (value) => {
    if (/^(?:0?\.\d{1,2})$/.test(value)) return `${Math.round(Number(value) * 100)}%`;
    return /^\d{1,2}$/.test(value) ? `${value}%` : undefined;
  },
);

const sizeUnits: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 * 1024 };
const bytesPerSecondMax = 1024 * 1024 * 1024;

/** Bytes a second. */
export const speed: ValueType<number> = scalar(
  'bytes a second, as in 500B/s, 64KiB/s or 1MiB/s',
  (value) => {
    const { amount, unit } = /^(?<amount>\d{1,7})(?<unit>B|KiB|MiB)\/s$/.exec(value)?.groups ?? {};
    const bytes = amount === undefined ? 0 : Number(amount) * sizeUnits[unit!]!;
    return bytes > 0 && bytes <= bytesPerSecondMax ? bytes : undefined;
  },
  (value) => {
    const { amount, unit } = /^(?<amount>\d{1,7})\s*(?<unit>[km]?)i?b?(?:\/s|ps)?$/i.exec(value)?.groups ?? {};
    if (amount === undefined) return undefined;
    return `${amount}${{ k: 'KiB', m: 'MiB' }[unit!.toLowerCase()] ?? 'B'}/s`;
  },
);

const peer: ValueType<string> = scalar('host:port', (value) => {
  const address = value.startsWith(':') ? undefined : parseAddress(value);
  return address && address.port > 0 ? value : undefined;
});
const peersMax = 20;
export const peers = listOf(peer, peersMax);

const argumentsMax = 100;
const commandAllowed = 'a command line, or a list of its arguments';

/** Arguments of a command, the program first. A text is split at its spaces, outside of quotes, as a shell does it. */
export const command: ValueType<readonly string[]> = {
  allowed: commandAllowed,
  read(node: SourceNode, name, mistakes) {
    const words = node.kind === 'text' ? wordsOf(node.text) : node.kind === 'list' ? textsOf(node.items) : [];
    if (words === 'open quote') mistakes.note(node.at, `${name}: a quote is opened in the command and not closed`);
    else if (words === 'backslash')
      mistakes.note(
        node.at,
        `${name}: a backslash before a quote means nothing in a command; use quotes of the other kind around it, or give a list of arguments`,
      );
    else if (words && words.length > 0 && words.length <= argumentsMax && words[0] !== '') return words;
    else mistakes.note(node.at, `${name}: ${commandAllowed} is expected, of up to ${argumentsMax}`);
    return undefined;
  },
};

/** No variables, no patterns, no backslashes: for those there is a shell, as in `sh -c "…"`. */
function wordsOf(line: string): readonly string[] | 'open quote' | 'backslash' {
  const part = /"[^"]*"|'[^']*'|[^\s"']+/;
  // Within single quotes it is for the program, as with a shell.
  const outside = line.replaceAll(new RegExp(part, 'g'), (found) => (found.startsWith("'") ? ' ' : found));
  if (/\\["']/.test(outside)) return 'backslash';
  const words = line.match(new RegExp(`(?:${part.source})+`, 'g')) ?? [];
  const isWhole = line.replaceAll(new RegExp(part, 'g'), '').trim() === '';
  return isWhole ? words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2')) : 'open quote';
}

function textsOf(items: readonly SourceNode[]): readonly string[] | undefined {
  const texts = items.map((item) => (item.kind === 'text' ? item.text : undefined));
  return texts.every((each) => each !== undefined) ? texts : undefined;
}
