import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Identity } from '../host/host.js';
import { ClusterError } from './cluster-error.js';

const run = promisify(execFile);

const TOOL_MAX_MS = 60_000;
const PRINTED_LINES = 15;

/** `$JAVA_HOME/bin/java`, or the one on the path. */
export function javaCommand({ env }: Pick<Identity, 'env'>): string {
  return env['JAVA_HOME'] ? `${env['JAVA_HOME']}/bin/java` : 'java';
}

export async function checkJava(java: string): Promise<void> {
  await run(java, ['-version']).catch((cause: unknown) => {
    throw new ClusterError(
      `Java was not found (\`${java}\`). Install a JDK, 17 or later, and put it on the PATH or set JAVA_HOME.`,
      { cause },
    );
  });
}

/** Runs a Java program to its end. Rejects with the end of what it printed when that is not a good one. */
export async function runJava(java: string, args: readonly string[]): Promise<void> {
  await run(java, args, { timeout: TOOL_MAX_MS }).catch((cause: { stdout?: string; stderr?: string }) => {
    const printed = `${cause.stdout ?? ''}${cause.stderr ?? ''}`.trimEnd().split('\n').slice(-PRINTED_LINES);
    throw new ClusterError(`A preparation for the brokers failed. The end of what it printed:\n${printed.join('\n')}`, {
      cause,
    });
  });
}
