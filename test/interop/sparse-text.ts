/** Acknowledged offsets above a committed one, half-open, ascending. */
export type Ranges = readonly (readonly [from: number, to: number])[];

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function written(number: number): string {
  const group = number % 32;
  const rest = (number - group) / 32;
  return rest === 0 ? letters[group]! : letters[group + 32]! + written(rest);
}

/** The distance of each range from the end of the one before, and its length; five bits a letter, the least first. */
export function sparseText(committed: number, ranges: Ranges): string {
  let base = committed;
  return ranges
    .map(([from, to]) => {
      const text = written(from - base) + written(to - from);
      base = to;
      return text;
    })
    .join('');
}

/** Throws for a text that is none. */
export function readSparseText(committed: number, text: string): Ranges {
  const numbers: number[] = [];
  let [number, scale] = [0, 1];
  for (const letter of text) {
    const bits = letters.indexOf(letter);
    if (bits < 0) throw new Error(`${letter} is no letter of sparse acks`);
    number += (bits % 32) * scale;
    scale *= 32;
    if (bits >= 32) continue;
    numbers.push(number);
    [number, scale] = [0, 1];
  }
  if (scale !== 1 || numbers.length % 2 !== 0) throw new Error(`${text} ends in the middle`);
  const ranges: [number, number][] = [];
  let base = committed;
  for (let at = 0; at < numbers.length; at += 2) {
    const from = base + numbers[at]!;
    base = from + numbers[at + 1]!;
    ranges.push([from, base]);
  }
  return ranges;
}
