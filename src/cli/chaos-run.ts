import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { htmlReport } from '../chaos/report/html.js';
import { jsonReport } from '../chaos/report/json.js';
import { junitReport } from '../chaos/report/junit.js';
import { ProgressTable } from '../chaos/report/progress.js';
import { summaryTable, terminalReport } from '../chaos/report/terminal.js';
import type { ChaosResult } from '../chaos/result.js';
import { runScript } from '../chaos/run.js';
import { readScriptFile } from '../chaos/script/read.js';
import { ChaosError } from '../chaos/world/chaos-error.js';
import { ClusterError } from '../cluster/cluster-error.js';
import { PixyError } from '../errors/pixy-error.js';
import type { Host } from '../host/host.js';
import { seedOf } from './chaos-seed.js';

export interface ChaosRunOptions {
  /** Paths, in the order in which they are run. */
  readonly scripts: readonly string[];
  /** As given. */
  readonly seed: string | undefined;
  /** Paths of the reports that are asked for. */
  readonly json: string | undefined;
  readonly junit: string | undefined;
  readonly html: string | undefined;
  readonly keep: string | undefined;
  readonly host: Host;
  /** How this product is started. */
  readonly daemonCommand: readonly string[];
  readonly product: string;
  readonly print: (line: string) => void;
  /** Aborted by a signal. */
  readonly ended: AbortSignal;
}

/** Of `kafka-pixy chaos run`. */
export const chaosExitCodes = { passed: 0, failed: 1, notRun: 2 } as const;

/**
 * `kafka-pixy chaos run SCRIPT...`: one after the other; returns the exit code. Every script is read before the first is run.
 * @throws PixyError, ChaosError, ClusterError: why a script could not be run; reports have those that were
 */
export async function chaosRun(options: ChaosRunOptions): Promise<number> {
  const seed = seedOf(options.seed);
  const keepsLogs = keepsLogsOf(options.keep);
  const scripts = options.scripts.map((path) => ({ path, script: readScriptFile(path) }));
  for (const path of [options.json, options.junit, options.html]) refuseUnwritable(path);
  if (seed !== undefined && scripts.every(({ script }) => !script.random))
    options.print('--seed changes nothing here: it is for faults at random, and there are none');
  const results: ChaosResult[] = [];
  try {
    for (const { path, script } of scripts) {
      options.print(`${path}: ${script.title}`);
      const result = await runScript({
        ...options,
        script,
        path,
        seed,
        keepsLogs,
        hear: new ProgressTable(options.print),
      });
      results.push(result);
      for (const line of ['', ...terminalReport(result), '']) options.print(line);
    }
  } finally {
    writeReports(results, options);
  }
  if (results.length > 1) for (const line of summaryTable(results)) options.print(line);
  return results.every(({ verdict }) => verdict.passed) ? chaosExitCodes.passed : chaosExitCodes.failed;
}

function writeReports(results: readonly ChaosResult[], { json, junit, html, print }: ChaosRunOptions): void {
  if (results.length === 0) return;
  const reports = [
    { path: json, text: () => JSON.stringify(jsonReport(results), null, 2) },
    { path: junit, text: () => junitReport(results) },
    { path: html, text: () => htmlReport(results) },
  ];
  for (const { path, text } of reports) {
    if (path === undefined) continue;
    try {
      writeFileSync(path, `${text()}\n`);
    } catch (error) {
      throw new ChaosError(`the report ${path} cannot be written: ${(error as Error).message}`, { cause: error });
    }
    print(`${path} is written`);
  }
}

/** Known before the run, which takes a minute and more. */
function refuseUnwritable(path: string | undefined): void {
  if (path === undefined) return;
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) throw new Error('it is a folder');
    accessSync(found ? path : dirname(path), constants.W_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? `there is no folder ${dirname(path)}` : message;
    throw new ChaosError(`the report ${path} cannot be written: ${reason}. Nothing was run`, { cause: error });
  }
}

function keepsLogsOf(text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw new PixyError('bad-option', { option: '--keep', value: text, allowed: 'true or false, or no value for true' });
}

/** A failure that is told in one line. */
export const isTold = (error: unknown): error is Error =>
  error instanceof PixyError || error instanceof ChaosError || error instanceof ClusterError;
