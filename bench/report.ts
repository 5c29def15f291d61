import type { ComparedRow } from './comparison.js';
import type { Measurement } from './measurement.js';
import { rows, rssMaxMiB, type RowName } from './rows.js';

export interface RowResult {
  readonly name: RowName;
  readonly daemon: Measurement;
  readonly baseline: Measurement | undefined;
}

const headings = [
  'row',
  'figure',
  'baseline',
  'ratio',
  'aim',
  'met',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'CPU ms/1000',
  'baseline CPU',
  'highest RSS',
];

export const renderTable = (results: readonly RowResult[]): string => table(headings, results.map(cells));

/** As a Markdown table, so that it can be pasted. */
function table(headings: readonly string[], body: readonly (readonly string[])[]): string {
  const lines = [headings, ...body];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const render = (line: readonly string[]) => `| ${line.map((cell, at) => pad(cell, widths[at]!, at)).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [render(headings), rule, ...lines.slice(1).map(render)].join('\n');
}

const pad = (cell: string, width: number, column: number) => (column === 0 ? cell.padEnd(width) : cell.padStart(width));

function cells({ name, daemon, baseline }: RowResult): string[] {
  const { title, aim, baseline: beside } = rows[name];
  const ratio = ratioOf({ name, daemon, baseline });
  return [
    title,
    figure(name, daemon),
    baseline ? `${figure(name, baseline)} (${beside})` : '-',
    ratio === undefined ? '-' : ratio.toFixed(2),
    aim === undefined ? '-' : `≥ ${aim.toFixed(2)}`,
    aim === undefined || ratio === undefined ? '-' : ratio >= aim ? 'yes' : 'NO',
    ...[0.5, 0.95, 0.99].map((share) => daemon.latency.percentile(share).toFixed(2)),
    cpu(daemon.cpuMsPerThousand),
    baseline ? cpu(baseline.cpuMsPerThousand) : '-',
    memory(daemon),
  ];
}

/** How many times as good as the baseline; `undefined` without one. */
export function ratioOf({ name, daemon, baseline }: RowResult): number | undefined {
  if (!baseline) return undefined;
  if (isLatency(name)) return baseline.latency.percentile(0.5) / daemon.latency.percentile(0.5);
  return daemon.perSecond / baseline.perSecond;
}

const isLatency = (name: RowName) => rows[name].work === 'long-poll';

function figure(name: RowName, side: Measurement): string {
  if (isLatency(name)) return `p50 ${side.latency.percentile(0.5).toFixed(2)} ms`;
  const refused =
    side.refused > 0 ? ` +${Math.round((side.refused / (side.latency.total + side.refused)) * 100)}% 503` : '';
  return `${Math.round(side.perSecond).toLocaleString('en')}/s${refused}`;
}

const memory = ({ rssMiB }: Measurement) => (Number.isNaN(rssMiB) ? '-' : `${Math.round(rssMiB)} MiB`);

const cpu = (ms: number) => (Number.isNaN(ms) ? '-' : ms.toFixed(0));

/** The aim that is set for the whole run. */
export function renderMemory(results: readonly RowResult[]): string {
  const highest = Math.max(...results.map(({ daemon }) => daemon.rssMiB));
  if (Number.isNaN(highest)) return 'Memory of the daemon: not known on this system.';
  const met = highest < rssMaxMiB ? 'met' : 'NOT met';
  return `Memory of the daemon: ${Math.round(highest)} MiB at the highest; aim: below ${rssMaxMiB} MiB, ${met}.`;
}

const comparedHeadings = ['row', '', 'figure', 'ratio', 'p50 ms', 'p95 ms', 'CPU ms/1000', 'CPU ratio', 'highest RSS'];

/** Ratios are to the first side of each row. */
export function renderComparison(compared: readonly ComparedRow[]): string {
  const lines = compared.flatMap(({ name, sides }) =>
    sides.map(({ variant, measurement: side }, at) => {
      const first = sides[0]!.measurement;
      const ratio = (own: number, other: number) => (at === 0 || Number.isNaN(own) ? '-' : (own / other).toFixed(2));
      return [
        at === 0 ? rows[name].title : '',
        variant,
        figure(name, side),
        ratio(side.perSecond, first.perSecond),
        ...[0.5, 0.95].map((share) => side.latency.percentile(share).toFixed(2)),
        cpu(side.cpuMsPerThousand),
        ratio(side.cpuMsPerThousand, first.cpuMsPerThousand),
        memory(side),
      ];
    }),
  );
  return table(comparedHeadings, lines);
}
