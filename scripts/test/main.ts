/**
 * `npm test`: everything that a commit needs. Runs the parts one after the other, stops at the first that fails, and says
 * how long each took. The last line is `N passed, N failed`: tests, and one more failed where a part without tests failed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parts } from './parts.js';
import { outliveSignals } from './run.js';

outliveSignals();
const folder = mkdtempSync(join(tmpdir(), 'kafka-pixy-test-'));
const times: string[] = [];
let passed = 0;
let failed = 0;
let failedPart: string | undefined;

try {
  for (const part of parts) {
    console.log(`\n${part.name} …`);
    const startedAtMs = performance.now();
    const result = await part.run(folder);
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    for (const line of result.lines) console.log(line);
    console.log(`${part.name} ${result.passed ? 'passed' : 'FAILED'} in ${seconds} s`);
    times.push(`${part.name} ${seconds} s`);
    passed += result.tests?.passed ?? 0;
    failed += result.tests?.failed ?? 0;
    if (!result.passed) {
      failedPart = part.name;
      if (!result.tests?.failed) failed++;
      break;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const notRun = parts.slice(times.length).map((part) => part.name);
console.log(`\n${times.join(', ')}${notRun.length > 0 ? `; not run: ${notRun.join(', ')}` : ''}`);
console.log(failedPart === undefined ? 'every part passed' : `stopped: ${failedPart} failed`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failedPart === undefined ? 0 : 1;
