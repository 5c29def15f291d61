/**
 * `npm test`: everything that a commit needs. Runs one stage after the other, stops at the first that fails, and says how
 * long each part took. The last line is `N passed, N failed`: tests, and one more failed for each part that failed without
 * a test of its own that did.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Part, stages } from './parts.js';
import { outliveSignals } from './run.js';
import { sideBySide } from './side-by-side.js';

outliveSignals();
const folder = mkdtempSync(join(tmpdir(), 'kafka-pixy-test-'));
const started = new Set<Part>();
const failedParts: string[] = [];
const times: string[] = [];
let passed = 0;
let failed = 0;

async function runPart(part: Part): Promise<boolean> {
  started.add(part);
  const startedAtMs = performance.now();
  const result = await part.run(folder);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  for (const line of result.lines) console.log(line);
  console.log(`${part.name} ${result.passed ? 'passed' : 'FAILED'} in ${seconds} s`);
  times.push(`${part.name} ${seconds} s`);
  passed += result.tests?.passed ?? 0;
  failed += result.tests?.failed ?? 0;
  if (result.passed) return true;
  failedParts.push(part.name);
  if (!result.tests?.failed) failed++;
  return false;
}

const runStartedAtMs = performance.now();
try {
  for (const stage of stages) {
    console.log(`\n${stage.map((part) => part.name).join(', ')} …`);
    if (!(await sideBySide(stage, runPart))) break;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const runSeconds = ((performance.now() - runStartedAtMs) / 1000).toFixed(1);
const notRun = stages.flat().filter((part) => !started.has(part));
const left = notRun.length > 0 ? `; not run: ${notRun.map((part) => part.name).join(', ')}` : '';
console.log(`\n${times.join(', ')}${left}; ${runSeconds} s in all`);
console.log(failedParts.length === 0 ? 'every part passed' : `stopped: ${failedParts.join(', ')} failed`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failedParts.length === 0 ? 0 : 1;
