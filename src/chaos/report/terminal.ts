import { isInTime, slowestOf, sumOf, countsOf } from './counts.js';
import { counted, duration, moment, number, span } from './format.js';
import { columnsMax, painter, plain, tableLines, wrapped, type Paint } from './text.js';
import { brokenChecks, violationsByCheck } from './violations.js';
import type { ChaosResult, Recovery } from '../result.js';
import { toldFaults } from '../together.js';

const violationsMax = 10;
const indent = '  ';

/**
 * A run in lines of text, of at most 100 columns but for paths: what was asked, what was done, what was looked at, what came of it.
 * `isColoured`: with the codes of terminals.
 */
export function terminalReport(result: ChaosResult, isColoured = false): string[] {
  const paint = painter(isColoured);
  return [
    ...head(result, paint),
    ...section('What was done', faultLines(result)),
    ...section('Checks', checkLines(result, paint)),
    ...section('Came again or never came, as the rules allow', explainedLines(result)),
    ...section('How long until messages were consumed again', recoveryLines(result, paint)),
    ...section('Violations', violationLines(result, paint)),
    ...section('How its own program ended', commandLines(result, paint)),
    ...section(
      'Remarks',
      result.verdict.remarks.flatMap((remark) => wrapped(remark, `${indent}- `)),
    ),
    '',
    result.folder === undefined
      ? 'Logs of its processes were removed.'
      : `Logs of its processes: ${plain(result.folder)}`,
  ];
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines];

function head(result: ChaosResult, paint: Paint): string[] {
  const { script, verdict, history } = result;
  const word = verdict.passed ? paint('PASSED', 'green') : paint('FAILED', 'red');
  const counts = countsOf(history);
  const facts = [
    result.path,
    ...(result.seed === undefined ? [] : [`seed ${result.seed}`]),
    result.product,
    `took ${duration(history.endMs)}`,
    ...(result.command
      ? []
      : [
          counted(counts.posts, 'post'),
          counted(sumOf(counts.groups.map(({ deliveries }) => deliveries)), 'delivery', 'deliveries'),
        ]),
  ];
  return [
    ...wrapped(script.title).map((line) => paint(line, 'bold')),
    ...wrapped(facts.join(', '), '        ').map((line, at) => (at === 0 ? `${word}  ${line.slice(8)}` : line)),
  ];
}

function faultLines({ history }: ChaosResult): string[] {
  const faults = toldFaults(history.faults);
  if (faults.length === 0) return [`${indent}nothing was broken`];
  const times = faults.map(({ fromMs, toMs }) => span(fromMs, toMs));
  const width = Math.max(...times.map((time) => time.length));
  return faults.flatMap(({ text }, at) => wrapped(text, `${indent}${times[at]!.padEnd(width)}  `));
}

const outcomeColours = { held: 'green', broken: 'red', 'left out': 'yellow', 'not exercised': 'yellow' } as const;

function checkLines({ verdict: { checks } }: ChaosResult, paint: Paint): string[] {
  const rows = checks.map(({ name, outcome, looked, violations }) => [
    outcome,
    name,
    violations.length === 0 ? looked : `${looked}; ${counted(violations.length, 'violation')}`,
  ]);
  const columns = [{ name: 'outcome' }, { name: 'check' }, { name: 'looked at', max: 60 }];
  return indented(
    tableLines(columns, rows, (cell, row, column) =>
      column === 0 ? paint(cell, outcomeColours[checks[row]!.outcome]) : cell,
    ),
  );
}

function explainedLines({ verdict: { explained } }: ChaosResult): string[] {
  const counts = [...explained].sort(([, a], [, b]) => b - a);
  const width = Math.max(0, ...counts.map(([, count]) => number(count).length));
  return counts.flatMap(([why, count]) => wrapped(why, `${indent}${number(count).padStart(width)}  `));
}

function recoveryLines({ verdict: { recoveries } }: ChaosResult, paint: Paint): string[] {
  if (recoveries.length === 0) return [];
  const rows = recoveries.map((recovery) => [
    recovery.fault,
    recovery.kind,
    moment(recovery.sinceMs),
    tookText(recovery),
    duration(recovery.limitMs),
    recovery.unjudged ?? (isInTime(recovery) ? 'in time' : `too late: ${slowestText(recovery)}`),
  ]);
  const columns = [
    { name: 'fault', max: 30 },
    { name: 'until' },
    { name: 'since', isNumber: true },
    { name: 'took', isNumber: true },
    { name: 'limit', isNumber: true },
    { name: '', max: 30 },
  ];
  return indented(
    tableLines(columns, rows, (cell, row, column) => {
      const recovery = recoveries[row]!;
      if (column !== 5) return cell;
      return paint(cell, recovery.unjudged !== undefined ? 'muted' : isInTime(recovery) ? 'green' : 'red');
    }),
  );
}

const tookText = ({ tookMs }: Recovery): string => (tookMs === undefined ? 'never' : duration(tookMs));

export const slowestText = ({ slowest }: Recovery): string =>
  slowest === undefined ? 'nothing was consumed' : `${slowest.topic}/${slowest.partition} of ${slowest.group}`;

function violationLines({ verdict }: ChaosResult, paint: Paint): string[] {
  return [...violationsByCheck(verdict.violations)].flatMap(([check, violations]) => {
    const more = violations.length - violationsMax;
    return [
      `${indent}${paint(plain(check), 'red')}, ${counted(violations.length, 'violation')}`,
      ...violations
        .slice(0, violationsMax)
        .flatMap(({ atMs, text }) => wrapped(text, `${indent}${indent}${moment(atMs).padStart(8)}  `)),
      ...(more > 0 ? [`${indent}${indent}and ${number(more)} more`] : []),
    ];
  });
}

function commandLines({ command }: ChaosResult, paint: Paint): string[] {
  if (!command) return [];
  const lines = command.lastLines.flatMap((line) => wrapped(line, `${indent}| `));
  return [`${indent}${paint(commandEnd(command), command.exitCode === 0 ? 'green' : 'yellow')}`, ...lines];
}

export function commandEnd({ exitCode, signal, tookMs, wasTold }: NonNullable<ChaosResult['command']>): string {
  const how = exitCode === null ? `by ${signal ?? 'a signal'}` : `with exit code ${exitCode}`;
  return `${how} after ${duration(tookMs)}${wasTold ? ', when it was told to' : ''}`;
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => indent + line);

/** Several runs side by side, one a line. */
export function summaryTable(results: readonly ChaosResult[], isColoured = false): string[] {
  const paint = painter(isColoured);
  const columns = [
    { name: 'script', max: 28 },
    { name: 'verdict' },
    { name: 'posts', isNumber: true },
    { name: 'deliveries', isNumber: true },
    { name: 'again', isNumber: true },
    { name: 'back', isNumber: true },
    { name: 'takeover', isNumber: true },
    { name: 'took', isNumber: true },
  ];
  const rows = results.map((result) => [...summaryOf(result)]);
  const failed = results.filter(({ verdict }) => !verdict.passed);
  const broken = failed.flatMap((result) =>
    wrapped(brokenChecks(result).join(', '), `${baseName(result.path)}: `, columnsMax),
  );
  return [
    ...tableLines(columns, rows, (cell, row, column) =>
      column === 1 ? paint(cell, results[row]!.verdict.passed ? 'green' : 'red') : cell,
    ),
    ...(broken.length > 0 ? ['', 'What did not hold', ...indented(broken)] : []),
  ];
}

/** What a line of a summary says: script, verdict, posts, deliveries, came again, slowest back and takeover, duration. */
export function summaryOf({ path, verdict, history }: ChaosResult): readonly string[] {
  const counts = countsOf(history);
  const slowest = (kind: Recovery['kind']) => {
    const found = slowestOf(verdict.recoveries, kind);
    return found ? tookText(found) : '–';
  };
  return [
    baseName(path),
    verdict.passed ? 'PASSED' : 'FAILED',
    number(counts.posts),
    number(sumOf(counts.groups.map(({ deliveries }) => deliveries))),
    number(sumOf(counts.groups.map(({ cameAgain }) => cameAgain))),
    slowest('back'),
    slowest('takeover'),
    duration(history.endMs),
  ];
}

export const baseName = (path: string): string =>
  path
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\.ya?ml$/, '');
