/** Of `names`, the one that needs the fewest changes of a letter to become `given`; `undefined` when there are none. */
export function nearest(given: string, names: readonly string[]): { name: string; distance: number } | undefined {
  return names
    .map((name) => ({ name, distance: editDistance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
}

/** Names are compared up to this length, so that a key of a megabyte costs no more than a long one. */
const comparedMax = 100;

/** Levenshtein's distance: insertions, deletions and replacements of a letter. */
function editDistance(left: string, right: string): number {
  const [a, b] = [left.slice(0, comparedMax), right.slice(0, comparedMax)];
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
