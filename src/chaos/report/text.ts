/** Columns of a terminal, as reports are wide at most. */
export const columnsMax = 100;

const escape = '\u001b[';
const codes = { bold: 1, red: 31, green: 32, yellow: 33, muted: 2 } as const;
export type Colour = keyof typeof codes;
export type Paint = (text: string, colour: Colour) => string;

export const painter = (isColoured: boolean): Paint =>
  isColoured ? (text, colour) => `${escape}${codes[colour]}m${text}${escape}0m` : (text) => text;

/** What a daemon or a script says goes to a terminal as text, and cannot move its cursor. */
export const plain = (text: string): string =>
  [...text].map((char) => (/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(char) ? ' ' : char)).join('');

export const cut = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`);

/** The end of it, where the beginning says nothing. */
const cutBefore = (text: string, max: number): string =>
  text.length <= max ? text : `…${text.slice(text.length - max + 1)}`;

/** Names of at most so many columns, of at least 4, that can be told apart: cut at the end if that does, else in front, else counted through. */
export function shortNames(names: readonly string[], max: number): string[] {
  const ways = [(name: string) => cut(name, max), (name: string) => cutBefore(name, max)];
  const tellsApart = (short: (name: string) => string) => new Set(names.map(short)).size === new Set(names).size;
  const way = ways.find(tellsApart);
  return way ? names.map(way) : names.map((name, at) => `${cut(name, max - 2)}#${at + 1}`);
}

/** Broken between words, and within one that is longer than a line; the first begins with `first`, others with as many blanks. */
export function wrapped(text: string, first = '', max = columnsMax): string[] {
  const room = Math.max(10, max - first.length);
  const lines: string[] = [];
  let line = '';
  const words = plain(text)
    .split(' ')
    .flatMap((word) => word.match(new RegExp(`.{1,${room}}`, 'gu')) ?? []);
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((each, at) => (at === 0 ? first : ' '.repeat(first.length)) + each);
}

export interface Column {
  readonly name: string;
  readonly isNumber?: boolean;
  /** Longer texts are cut; `undefined`: as wide as they are. */
  readonly max?: number;
}

/** Columns side by side, with their names above. `paint`: colours a cell of what is already as wide as it has to be. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: (cell: string, row: number, column: number) => string = (cell) => cell,
): string[] {
  const shown = rows.map((row) => row.map((cell, at) => cut(plain(cell), columns[at]!.max ?? columnsMax)));
  const widths = columns.map(({ name }, at) => Math.max(name.length, ...shown.map((row) => row[at]!.length)));
  const pad = (text: string, at: number) =>
    columns[at]!.isNumber ? text.padStart(widths[at]!) : at === columns.length - 1 ? text : text.padEnd(widths[at]!);
  const head = columns.map(({ name }, at) => pad(name, at)).join('  ');
  return [head, ...shown.map((row, y) => row.map((cell, at) => paint(pad(cell, at), y, at)).join('  '))].map((line) =>
    line.trimEnd(),
  );
}
