/**
 * The text of a member's node, as other implementations write and read it. Only the topics count; the rest is there
 * because they expect it.
 */
export function memberNodeText(topics: readonly string[], wallMs: number): string {
  return JSON.stringify({
    subscription: Object.fromEntries([...topics].sort().map((topic) => [topic, 1])),
    pattern: 'static',
    timestamp: Math.floor(wallMs / 1000),
    version: 1,
  });
}

/** The topics that a member's node names, sorted. Throws for a text that is none: then nobody can know the group's shape. */
export function topicsOfMemberNode(text: string): string[] {
  const parsed: unknown = JSON.parse(text);
  const subscription = (parsed as { subscription?: unknown } | null)?.subscription;
  if (typeof subscription !== 'object' || subscription === null) throw new Error('no "subscription" in a member node');
  return Object.keys(subscription).sort();
}
