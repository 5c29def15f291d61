import { faultTitles, type FaultName, type History } from './history.js';
import type { Causes } from './checkers/causes.js';
import type { Figure } from './figures.js';
import type { Verdict } from './verdict.js';

const shownMax = 10;

/** What a person reads at the end of a run, line by line. */
export function report(history: History, verdict: Verdict): string[] {
  return [...countLines(history, verdict), '', ...figureLines(verdict.figures), '', ...violationLines(verdict)];
}

function countLines(history: History, verdict: Verdict): string[] {
  const { attempts, deliveries, acks, log, accepted } = history;
  const posts = (outcome: string): number => attempts.filter((attempt) => attempt.outcome === outcome).length;
  const answered = (outcome: string): number => acks.filter((ack) => ack.outcome === outcome).length;
  const to = (kind: string): number => deliveries.filter(({ group }) => group === kind).length;
  const { expired, causes } = verdict.acknowledged;
  return [
    `sync posts       ${posts('acknowledged')} acknowledged, ${posts('refused')} refused, ${posts('unknown')} unknown`,
    ...reasons(history),
    `async posts      ${accepted.length} accepted, ${verdict.lostWithKilled} of them lost with a daemon that was killed`,
    `in the log       ${log.length} messages`,
    `posted again     ${told(verdict.rewritten)}`,
    `automatic ack    ${to('auto')} delivered`,
    `  again          ${told(verdict.redelivered)}`,
    `ack by clients   ${to('later')} delivered; ${answered('noted')} acknowledged, ${answered('refused')} refused, ${answered('unknown')} unknown`,
    `  again          ${expired} not acknowledged in time; ${told(causes)}`,
  ];
}

/** Why posts were not acknowledged, the most frequent reason first. */
function reasons({ attempts }: History): string[] {
  const counts = new Map<string, number>();
  for (const { outcome, detail } of attempts) {
    if (outcome !== 'acknowledged') counts.set(`${outcome}: ${detail}`, (counts.get(`${outcome}: ${detail}`) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `                 ${count} ${reason}`);
}

function told(causes: Causes): string {
  const total = [...causes.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return '0 explained by a fault';
  const each = [...causes].map(([name, count]) => `${count} by "${faultTitles[name satisfies FaultName]}"`);
  return `${total} explained by a fault: ${each.join(', ')}`;
}

function figureLines(figures: readonly Figure[]): string[] {
  const rows = figures.map(({ fault, what, seconds, aimSeconds }) => [
    fault,
    what,
    seconds === undefined ? 'not seen' : `${seconds.toFixed(2)} s`,
    aimSeconds === undefined ? '' : `${aimSeconds} s`,
    aimSeconds === undefined ? '' : (seconds ?? Infinity) <= aimSeconds ? 'met' : 'missed',
  ]);
  const table = [['fault', 'what', 'figure', 'aim', ''], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

function violationLines({ violations }: Verdict): string[] {
  if (violations.length === 0) return ['Every guarantee was kept.'];
  const byCheck = new Map<string, string[]>();
  for (const { check, text } of violations) byCheck.set(check, [...(byCheck.get(check) ?? []), text]);
  return [
    `${violations.length} times a guarantee was broken:`,
    ...[...byCheck].flatMap(([check, found]) => [
      `  ${check}: ${found.length}`,
      ...found.slice(0, shownMax).map((text) => `    ${text}`),
      ...(found.length > shownMax ? [`    and ${found.length - shownMax} more`] : []),
    ]),
  ];
}
