import { countsOf, type RunCounts } from './counts.js';
import { latenciesOf, percentilesOf, type Percentiles } from './latencies.js';
import type { ChaosResult, CommandEnd, Recovery } from '../result.js';

/**
 * Runs as data. Times are milliseconds from the beginning of the load of a run, but for `startedAtWallMs`. What is not known or
 * does not apply is `null`. A key is added without a new `version`, and neither renamed nor removed.
 */
export interface JsonReport {
  readonly format: 'kafka-pixy chaos report';
  readonly version: 1;
  readonly passed: boolean;
  readonly runs: readonly JsonRun[];
}

export interface JsonRun {
  readonly script: string;
  readonly title: string;
  readonly seed: number | null;
  readonly product: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtWallMs: number;
  /** When load and faults were over, by the script. */
  readonly durationMs: number;
  /** When everything was brought back. */
  readonly recoveryMs: number;
  readonly endMs: number;
  readonly passed: boolean;
  readonly checks: readonly JsonCheck[];
  readonly violationCount: number;
  /** Those that decided, the first 1,000. */
  readonly violations: readonly JsonViolation[];
  readonly explained: readonly { readonly reason: string; readonly count: number }[];
  readonly recoveries: readonly JsonRecovery[];
  readonly faults: readonly JsonFault[];
  readonly processes: readonly JsonProcess[];
  readonly command: CommandEnd | null;
  readonly counts: RunCounts;
  readonly latencies: readonly JsonLatency[];
  readonly remarks: readonly string[];
  /** Folder of the logs. */
  readonly logs: string | null;
}

export interface JsonViolation {
  readonly check: string;
  readonly atMs: number;
  readonly text: string;
}

export interface JsonCheck {
  readonly name: string;
  readonly outcome: 'held' | 'broken' | 'left out' | 'not exercised';
  readonly looked: string;
  readonly violationCount: number;
  /** The first 1,000. */
  readonly violations: readonly JsonViolation[];
}

export interface JsonRecovery {
  readonly kind: Recovery['kind'];
  readonly fault: string;
  readonly sinceMs: number;
  readonly limitMs: number;
  readonly tookMs: number | null;
  readonly slowest: { readonly group: string; readonly topic: string; readonly partition: number } | null;
  /** Why it was not held against its limit; `null`: it was. */
  readonly unjudged: string | null;
}

export interface JsonFault {
  readonly kind: string;
  readonly text: string;
  /** `null`: every daemon. */
  readonly daemon: string | null;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface JsonProcess {
  readonly daemon: string;
  readonly memberId: string;
  readonly fromMs: number;
  /** `null`: it had to be killed in the end. */
  readonly toMs: number | null;
  readonly end: 'told' | 'killed' | 'by itself';
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly tookMs: number;
}

export interface JsonLatency extends Percentiles {
  /** `sync`: of posts that wait until they are written; `async`: until they are accepted; `delivery`: from the post until a group is given the message. */
  readonly kind: 'sync' | 'async' | 'delivery';
  /** Of deliveries. */
  readonly group: string | null;
}

const violationsMax = 1000;

export const jsonReport = (results: readonly ChaosResult[]): JsonReport => ({
  format: 'kafka-pixy chaos report',
  version: 1,
  passed: results.every(({ verdict }) => verdict.passed),
  runs: results.map(runOf),
});

function runOf(result: ChaosResult): JsonRun {
  const { script, history, verdict } = result;
  return {
    script: result.path,
    title: script.title,
    seed: result.seed ?? null,
    product: result.product,
    startedAtWallMs: result.startedAtWallMs,
    durationMs: script.durationMs,
    recoveryMs: rounded(history.recoveryMs),
    endMs: rounded(history.endMs),
    passed: verdict.passed,
    checks: verdict.checks.map(({ name, outcome, looked, violations }) => ({
      name,
      outcome,
      looked,
      violationCount: violations.length,
      violations: violations.slice(0, violationsMax).map(violationOf),
    })),
    violationCount: verdict.violations.length,
    violations: verdict.violations.slice(0, violationsMax).map(violationOf),
    explained: [...verdict.explained].map(([reason, count]) => ({ reason, count })),
    recoveries: verdict.recoveries.map(recoveryOf),
    faults: history.faults.map(({ kind, text, daemon = null, fromMs, toMs }) => ({
      kind,
      text,
      daemon,
      fromMs: rounded(fromMs),
      toMs: rounded(toMs),
    })),
    processes: result.processes.map((life) => ({
      ...life,
      fromMs: rounded(life.fromMs),
      toMs: roundedOrNull(life.toMs),
      tookMs: rounded(life.tookMs),
    })),
    command: result.command ? { ...result.command, tookMs: rounded(result.command.tookMs) } : null,
    counts: countsOf(history),
    latencies: latenciesOf(history).flatMap(({ kind, group = null, samples }) => {
      const found = percentilesOf(samples.map(({ tookMs }) => tookMs));
      if (!found) return [];
      const { count, p50Ms, p90Ms, p99Ms, maxMs } = found;
      const times = { p50Ms: rounded(p50Ms), p90Ms: rounded(p90Ms), p99Ms: rounded(p99Ms), maxMs: rounded(maxMs) };
      return [{ kind, group, count, ...times }];
    }),
    remarks: verdict.remarks,
    logs: result.folder ?? null,
  };
}

const violationOf = ({ check, atMs, text }: JsonViolation): JsonViolation => ({ check, atMs: rounded(atMs), text });

const recoveryOf = ({ kind, fault, sinceMs, limitMs, tookMs, slowest, unjudged }: Recovery): JsonRecovery => ({
  kind,
  fault,
  sinceMs: rounded(sinceMs),
  limitMs,
  tookMs: roundedOrNull(tookMs),
  slowest: slowest ?? null,
  unjudged: unjudged ?? null,
});

/** Clocks give more digits than they know. */
const rounded = (ms: number): number => Math.round(ms * 10) / 10;
const roundedOrNull = (ms: number | undefined): number | null => (ms === undefined ? null : rounded(ms));
