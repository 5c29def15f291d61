/** `0–2, 5`: of whole numbers. */
export function ranges(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let index = 0; index < sorted.length; index++) {
    const first = sorted[index]!;
    while (sorted[index + 1] === sorted[index]! + 1) index++;
    const last = sorted[index]!;
    parts.push(first === last ? `${first}` : last === first + 1 ? `${first}, ${last}` : `${first}–${last}`);
  }
  return parts.join(', ');
}

/** `partition 3`, `partitions 0–2, 5`. */
export const partitionsText = (numbers: readonly number[]): string =>
  `${numbers.length === 1 ? 'partition' : 'partitions'} ${ranges(numbers)}`;

/** `A`, `B`, … `Z`, `AA`: the mark of a member, by its order. */
export function letterOf(order: number): string {
  const last = String.fromCharCode(65 + (order % 26));
  return order < 26 ? last : letterOf(Math.floor(order / 26) - 1) + last;
}
