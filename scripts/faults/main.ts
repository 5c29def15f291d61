import { parseArguments, USAGE } from './arguments.js';
import { report } from './report.js';
import { runFaults } from './run.js';

async function main(): Promise<number> {
  const { seconds, brokers, quiet, keep, help } = parseArguments(process.argv.slice(2));
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort(new Error(`Ended by ${signal}; nothing was judged.`)));
  }
  const { history, verdict } = await runFaults({
    brokers,
    durationMs: seconds * 1000,
    quietMs: quiet * 1000,
    keep,
    signal: stop.signal,
    tell: (line) => console.log(line),
  });
  console.log(['', ...report(history, verdict)].join('\n'));
  return verdict.violations.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
