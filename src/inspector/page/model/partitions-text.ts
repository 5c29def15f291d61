/** Of a list that is shown in a line; what is behind them is counted. */
const partsShownMax = 4;

/** `0–2, 5`: of whole numbers. */
export const ranges = (numbers: readonly number[]): string => partsOf(numbers).join(', ');

/** `0, 2, 4, 6, …, 32 in all` */
export function shortRanges(numbers: readonly number[]): string {
  const parts = partsOf(numbers);
  if (parts.length <= partsShownMax) return parts.join(', ');
  return `${parts.slice(0, partsShownMax).join(', ')}, …, ${numbers.length} in all`;
}

function partsOf(numbers: readonly number[]): string[] {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let index = 0; index < sorted.length; index++) {
    const first = sorted[index]!;
    while (sorted[index + 1] === sorted[index]! + 1) index++;
    const last = sorted[index]!;
    if (last === first + 1) parts.push(`${first}`, `${last}`);
    else parts.push(first === last ? `${first}` : `${first}–${last}`);
  }
  return parts;
}

/** `A`, `B`, … `Z`, `AA`: the mark of a member, by its order. */
export function letterOf(order: number): string {
  const last = String.fromCharCode(65 + (order % 26));
  return order < 26 ? last : letterOf(Math.floor(order / 26) - 1) + last;
}
