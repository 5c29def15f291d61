import type { Page } from 'playwright-core';

/** What the rebalance view says of each partition, in their order, as a screen reader has it. */
export async function partitionLines(page: Page): Promise<string[]> {
  const rows = page.getByRole('button', { name: /^Partition \d/ });
  return rows.evaluateAll((elements) =>
    (elements as unknown as { getAttribute(name: string): string }[]).map((row) => row.getAttribute('aria-label')),
  );
}

/** How many partitions each of these members reads, as far as the page says. */
export async function shares(page: Page, members: readonly string[]): Promise<number[]> {
  const lines = await partitionLines(page);
  return members.map((member) => lines.filter((line) => line.includes(` ${member} reads`)).length);
}
