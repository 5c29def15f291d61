/** Why the simulation does not take some transitions, by a pattern of their ids. */
const reasons: readonly (readonly [pattern: RegExp, reason: string])[] = [];

export function whyNotTaken(id: string): string | undefined {
  return reasons.find(([pattern]) => pattern.test(id))?.[1];
}
