const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // The micro sign and the Greek letter, as Go takes both.
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const amountAndUnit = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;
const whole = new RegExp(`^\\+?(?:0|(?:${amountAndUnit.source})+)$`);

/**
 * Reads a duration as Go writes it (`500ms`, `15s`, `1m30s`, `1.5h`, `0`) into milliseconds; `undefined`: it is none. What
 * is shorter than a millisecond is one, as nothing here can wait for less.
 */
export function parseDurationMs(text: string): number | undefined {
  if (!whole.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(amountAndUnit)) totalMs += Number(amount) * unitMs[unit!]!;
  return totalMs > 0 ? Math.max(1, Math.round(totalMs)) : 0;
}
