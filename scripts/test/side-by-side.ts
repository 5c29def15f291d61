/** Most parts load one core each, and two cores are what a run is made for. */
export const partsAtOnceMax = 2;

/**
 * Runs these in their order, two at a time. `run` says whether its item passed: after one that did not, none is started any
 * more, and what runs goes on to its end, since one slip often shows in several parts. Returns whether all ran and passed.
 */
export async function sideBySide<Item>(
  items: readonly Item[],
  run: (item: Item) => Promise<boolean>,
): Promise<boolean> {
  let next = 0;
  let passed = true;
  const oneAfterTheOther = async (): Promise<void> => {
    while (passed && next < items.length) {
      const item = items[next++] as Item;
      if (!(await run(item))) passed = false;
    }
  };
  await Promise.all(Array.from({ length: partsAtOnceMax }, oneAfterTheOther));
  return passed;
}
