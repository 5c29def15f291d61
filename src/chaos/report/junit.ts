import type { Violation } from '../../verdict/history.js';
import type { ChaosResult, CheckOutcome } from '../result.js';
import { counted, isoSeconds, moment } from './format.js';
import { escaped, escapedAttribute } from './markup.js';
import { baseName } from './terminal.js';
import { brokenChecks, violationsByCheck } from './violations.js';

/** Lines of one test's failure. */
const failuresMax = 100;

interface TestCase {
  readonly name: string;
  readonly failures: readonly string[];
  readonly skipped: string | undefined;
  readonly output: string;
}

/** XML as continuous integration reads it: a suite for each script, a test for each check. */
export function junitReport(results: readonly ChaosResult[]): string {
  const suites = results.map((result) => ({ result, cases: casesOf(result) }));
  const all = suites.flatMap(({ cases }) => cases);
  const time = results.reduce((sum, { history }) => sum + history.endMs, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="kafka-pixy chaos" ${totals(all)} time="${seconds(time)}">`,
    ...suites.flatMap(({ result, cases }) => suiteLines(result, cases)),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteLines(result: ChaosResult, cases: readonly TestCase[]): string[] {
  const { script, path, history, startedAtWallMs } = result;
  const attributes = [
    `name="${escapedAttribute(script.title)}"`,
    totals(cases),
    `time="${seconds(history.endMs)}"`,
    `timestamp="${isoSeconds(startedAtWallMs)}"`,
    `file="${escapedAttribute(path)}"`,
  ];
  const properties = [
    ['product', result.product],
    ...(result.seed === undefined ? [] : [['seed', String(result.seed)]]),
    ...(result.folder === undefined ? [] : [['logs', result.folder]]),
  ] as const;
  return [
    `  <testsuite ${attributes.join(' ')}>`,
    '    <properties>',
    ...properties.map(([name, value]) => `      <property name="${name}" value="${escapedAttribute(value ?? '')}"/>`),
    '    </properties>',
    ...cases.flatMap((one) => caseLines(one, `chaos.${baseName(path)}`)),
    `    <system-out>${escaped(result.verdict.remarks.join('\n'))}</system-out>`,
    '  </testsuite>',
  ];
}

function caseLines({ name, failures, skipped, output }: TestCase, className: string): string[] {
  const message = counted(failures.length, 'violation');
  const left = failures.length - failuresMax;
  const text = [...failures.slice(0, failuresMax), ...(left > 0 ? [`and ${left} more`] : [])].join('\n');
  return [
    `    <testcase name="${escapedAttribute(name)}" classname="${escapedAttribute(className)}" time="0">`,
    ...(failures.length > 0 ? [`      <failure message="${message}">${escaped(text)}</failure>`] : []),
    ...(skipped === undefined ? [] : [`      <skipped message="${escapedAttribute(skipped)}"/>`]),
    ...(output === '' ? [] : [`      <system-out>${escaped(output)}</system-out>`]),
    '    </testcase>',
  ];
}

/** One for each check; for whatever else was violated one each too, so that a run that failed never looks as if all was well. */
function casesOf(result: ChaosResult): TestCase[] {
  const { checks, violations } = result.verdict;
  const named = checks.map((check): TestCase => ({
    name: check.name,
    failures: check.outcome === 'broken' ? check.violations.map(lineOf) : [],
    skipped: skippedBecause(check),
    output: check.looked,
  }));
  const names = new Set<string>(checks.map(({ name }) => name));
  const others = [...violationsByCheck(violations)]
    .filter(([check]) => !names.has(check))
    .map(([check, found]): TestCase => ({ name: check, failures: found.map(lineOf), skipped: undefined, output: '' }));
  const cases = [...named, ...others];
  if (result.verdict.passed || cases.some(({ failures }) => failures.length > 0)) return cases;
  return [...cases, { name: 'verdict', failures: brokenChecks(result), skipped: undefined, output: '' }];
}

function skippedBecause({ outcome }: CheckOutcome): string | undefined {
  if (outcome === 'left out') return 'left out by the script';
  return outcome === 'not exercised' ? 'nothing in the run could have broken it' : undefined;
}

const lineOf = ({ atMs, text }: Violation): string => `${moment(atMs)}: ${text}`;

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

function totals(cases: readonly TestCase[]): string {
  const failures = cases.filter((one) => one.failures.length > 0).length;
  const skipped = cases.filter((one) => one.skipped !== undefined).length;
  return `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
}
