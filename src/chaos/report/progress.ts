import { moment, number } from './format.js';
import { columnsMax, cut, plain, shortNames } from './text.js';

/** What a run has come to so far; every count is of all since its beginning. */
export interface ProgressSample {
  readonly nowMs: number;
  readonly posted: number;
  readonly writtenOrAccepted: number;
  readonly unknown: number;
  readonly groups: readonly {
    readonly name: string;
    readonly delivered: number;
    readonly notYetDelivered: number;
  }[];
  /** What is broken just now, in words. */
  readonly faults: readonly string[];
}

const headerEveryRows = 20;
/** More do not fit into a line; the rest is counted together. */
const groupsMax = 3;
const cellColumns = 9;

/** A run as it goes on, in lines that are printed one after the other: rates per second, and what happens between. */
export class ProgressTable {
  readonly #print: (line: string) => void;
  #rows = 0;
  #before: ProgressSample | undefined;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  add(sample: ProgressSample): void {
    const before = this.#before;
    this.#before = sample;
    const groups = shownGroups(sample);
    if (this.#rows++ % headerEveryRows === 0) this.#print(header(groups.map(({ name }) => name)));
    const seconds = (sample.nowMs - (before?.nowMs ?? 0)) / 1000;
    const rate = (now: number, then: number | undefined) =>
      seconds > 0 ? number(Math.round((now - (then ?? 0)) / seconds)) : '–';
    const groupsBefore = before && shownGroups(before);
    const cells = [
      moment(sample.nowMs),
      rate(sample.posted, before?.posted),
      rate(sample.writtenOrAccepted, before?.writtenOrAccepted),
      number(sample.unknown),
      ...groups.flatMap(({ delivered, notYetDelivered }, at) => [
        rate(delivered, groupsBefore?.[at]?.delivered),
        number(notYetDelivered),
      ]),
    ];
    this.#print(withRest(cells, sample.faults.map(plain).join('; ')));
  }

  /** Something begins or ends. */
  tell(atMs: number, text: string): void {
    this.#print(cut(`${moment(atMs).padStart(cellColumns)}  * ${plain(text)}`, columnsMax));
  }
}

const header = (groups: readonly string[]): string =>
  withRest(
    [
      'time',
      'posts/s',
      'ok/s',
      'unknown',
      ...shortNames(groups.map(plain), cellColumns - 4).flatMap((name) => [`${name}/s`, 'waiting']),
    ],
    'broken now',
  );

const withRest = (cells: readonly string[], rest: string): string =>
  cut(`${cells.map((cell) => cell.padStart(cellColumns)).join('')}  ${rest}`.trimEnd(), columnsMax);

function shownGroups({ groups }: ProgressSample): ProgressSample['groups'] {
  if (groups.length <= groupsMax) return groups;
  const rest = groups.slice(groupsMax - 1);
  const sum = (of: 'delivered' | 'notYetDelivered') => rest.reduce((total, group) => total + group[of], 0);
  const others = { name: 'rest', delivered: sum('delivered'), notYetDelivered: sum('notYetDelivered') };
  return [...groups.slice(0, groupsMax - 1), others];
}
