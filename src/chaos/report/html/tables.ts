import type { ChaosResult } from '../../result.js';
import { duration, moment, number, span } from '../format.js';
import type { LatencySeries } from '../latencies.js';
import { percentilesOf } from '../latencies.js';
import { escaped } from '../markup.js';
import { commandEnd, slowestText } from '../terminal.js';
import { recoveryKind, violationsMax } from './events.js';
import type { NumberedGap } from './owners.js';
import { gapMinMs } from '../gaps.js';

interface Cell {
  readonly text: string;
  readonly kind?: 'number' | 'ok' | 'bad' | 'wait' | 'mono';
}
type CellOrText = Cell | string;

const numeric = (text: string): Cell => ({ text, kind: 'number' });

interface Table {
  readonly title: string;
  /** What has to be known to read it. */
  readonly note?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly CellOrText[])[];
  /** Of each row, so that there can be links to it. */
  readonly rowId?: (at: number) => string;
}

function tableHtml({ title, note, head, rows, rowId }: Table): string {
  if (rows.length === 0) return '';
  const cellHtml = (cell: CellOrText): string => {
    const { text, kind } = typeof cell === 'string' ? { text: cell } : cell;
    return `<td${kind === undefined ? '' : ` class="${kind}"`}>${escaped(text)}</td>`;
  };
  const isNumber = (at: number) => {
    const cell = rows[0]?.[at];
    return typeof cell === 'object' && cell.kind === 'number';
  };
  const heads = head.map((text, at) => `<th scope="col"${isNumber(at) ? ' class="number"' : ''}>${escaped(text)}</th>`);
  const lines = rows.map((row, at) => `<tr${rowId ? ` id="${rowId(at)}"` : ''}>${row.map(cellHtml).join('')}</tr>`);
  const said = note === undefined ? '' : `<p class="note-line">${escaped(note)}</p>`;
  return `<section class="panel"><h3>${escaped(title)}</h3>${said}<div class="scroll"><table><thead><tr>${heads.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div></section>`;
}

/** Everything that pictures show as well, and what they do not. `id`: of the run's section. */
export function tablesHtml(
  result: ChaosResult,
  gaps: readonly NumberedGap[],
  latencies: readonly LatencySeries[],
  id: string,
): string {
  return [
    violationsTable(result, id),
    checksTable(result),
    recoveriesTable(result),
    gapsTable(gaps),
    latencyTable(latencies),
    explainedTable(result),
    faultsTable(result),
    processesTable(result),
    commandHtml(result),
    remarksHtml(result),
  ].join('');
}

function violationsTable({ verdict: { violations } }: ChaosResult, id: string): string {
  const left = violations.length - violationsMax;
  return tableHtml({
    title: `Violations (${number(violations.length)})`,
    ...(left > 0 && { note: `The first ${number(violationsMax)}; ${number(left)} more are in the JSON report.` }),
    head: ['When', 'Check', 'What was seen'],
    rows: violations
      .slice(0, violationsMax)
      .map(({ atMs, check, text }) => [numeric(moment(atMs)), { text: check, kind: 'bad' }, text]),
    rowId: (at) => `${id}-violation-${at + 1}`,
  });
}

const outcomes = {
  held: { text: '✓ held', kind: 'ok' },
  broken: { text: '✗ broken', kind: 'bad' },
  'left out': { text: '– left out', kind: 'wait' },
  'not exercised': { text: '– not exercised', kind: 'wait' },
} as const satisfies Record<string, Cell>;

const checksTable = ({ verdict: { checks } }: ChaosResult): string =>
  tableHtml({
    title: 'Checks',
    head: ['Check', 'Outcome', 'Looked at', 'Violations'],
    rows: checks.map(({ name, outcome, looked, violations }) => [
      name,
      outcomes[outcome],
      looked,
      numeric(number(violations.length)),
    ]),
  });

const recoveriesTable = ({ verdict: { recoveries } }: ChaosResult): string =>
  tableHtml({
    title: 'How long until messages were consumed again',
    note: '“back”: all partitions, from when what was broken was there again. “takeover”: those of a daemon that was gone, by others.',
    head: ['Fault', 'Kind', 'Counted from', 'Took', 'Limit', 'Slowest', 'Verdict'],
    rows: recoveries.map((recovery) => [
      recovery.fault,
      recovery.kind,
      numeric(moment(recovery.sinceMs)),
      numeric(recovery.tookMs === undefined ? 'never' : duration(recovery.tookMs)),
      numeric(duration(recovery.limitMs)),
      recovery.slowest === undefined ? '–' : slowestText(recovery),
      recovery.unjudged !== undefined
        ? { text: `– ${recovery.unjudged}`, kind: 'wait' }
        : recoveryKind(recovery) === 'in-time'
          ? { text: '✓ in time', kind: 'ok' }
          : { text: '✗ too late', kind: 'bad' },
    ]),
  });

const gapsTable = (gaps: readonly NumberedGap[]): string =>
  tableHtml({
    title: 'Longest gaps in delivery',
    note: `Times of at least ${duration(gapMinMs)} in which a partition was not consumed, though something waited there. Their numbers are on the timeline.`,
    head: ['#', 'Group', 'Partition', 'When', 'Lasted', 'Waiting in the end', ''],
    rows: gaps.map(({ gap, number: place }) => [
      numeric(String(place)),
      gap.group,
      `${gap.topic}/${gap.partition}`,
      span(gap.fromMs, gap.toMs),
      numeric(duration(gap.toMs - gap.fromMs)),
      numeric(number(gap.waiting)),
      gap.isOver ? '' : { text: 'until the end', kind: 'bad' },
    ]),
  });

const latencyTable = (latencies: readonly LatencySeries[]): string =>
  tableHtml({
    title: 'Latencies',
    note: 'Of posts until their answer, with faults and all; of deliveries from the post until the message was first given to the group.',
    head: ['Of', 'Count', 'p50', 'p90', 'p99', 'Slowest'],
    rows: latencies.map(({ name, samples }) => {
      const { count, p50Ms, p90Ms, p99Ms, maxMs } = percentilesOf(samples.map(({ tookMs }) => tookMs))!;
      return [name, numeric(number(count)), ...[p50Ms, p90Ms, p99Ms, maxMs].map((ms) => numeric(duration(ms)))];
    }),
  });

const explainedTable = ({ verdict: { explained } }: ChaosResult): string =>
  tableHtml({
    title: 'Came again or never came, as the rules allow',
    head: ['Messages', 'Why'],
    rows: [...explained].sort(([, a], [, b]) => b - a).map(([why, count]) => [numeric(number(count)), why]),
  });

const faultsTable = ({ history: { faults } }: ChaosResult): string =>
  tableHtml({
    title: 'Faults',
    head: ['When', 'Fault', 'Struck'],
    rows: faults
      .slice(0, violationsMax)
      .map(({ fromMs, toMs, text, daemon }) => [numeric(span(fromMs, toMs)), text, daemon ?? 'every daemon']),
  });

const processesTable = ({ processes }: ChaosResult): string =>
  tableHtml({
    title: 'Processes of the daemons',
    head: ['Daemon', 'Lived', 'Ended', 'Exit', 'It took', 'Member id'],
    rows: processes.map(({ daemon, fromMs, toMs, end, exitCode, signal, tookMs, memberId }) => [
      daemon,
      numeric(`${fromMs < 0 ? 'before the load' : moment(fromMs)} – ${toMs === undefined ? '' : moment(toMs)}`.trim()),
      toMs === undefined ? { text: 'did not end in time, was killed', kind: 'bad' } : endText(end),
      exitCode === null ? (signal ?? '–') : String(exitCode),
      numeric(duration(tookMs)),
      { text: memberId, kind: 'mono' },
    ]),
  });

const endText = (end: ChaosResult['processes'][number]['end']): CellOrText =>
  end === 'by itself' ? { text: 'by itself', kind: 'bad' } : end === 'killed' ? 'killed by a fault' : 'told to stop';

function commandHtml({ command }: ChaosResult): string {
  if (!command) return '';
  const lines = command.lastLines.map((line) => `${escaped(line)}\n`).join('');
  return `<section class="panel"><h3>The script’s own program</h3><p>It ended ${escaped(commandEnd(command))}.</p>${lines === '' ? '' : `<pre class="scroll">${lines}</pre>`}</section>`;
}

function remarksHtml({ verdict: { remarks }, folder }: ChaosResult): string {
  const logs = folder === undefined ? 'Logs of the processes were removed.' : `Logs of the processes: ${folder}`;
  const lines = [...remarks, logs].map((line) => `<li>${escaped(line)}</li>`).join('');
  return `<section class="panel"><h3>Remarks</h3><ul>${lines}</ul></section>`;
}
