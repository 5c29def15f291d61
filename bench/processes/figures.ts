import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second, whatever its kernel ticks. */
const tickMs = 10;
const sampleEveryMs = 50;

/** Processor time that a process has used so far; `NaN` where the system has no `/proc`. */
export function cpuMs(pid: number): number {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in parentheses, may hold spaces; user and system time are the 12th and 13th field after it.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return NaN;
  }
}

/** Resident memory at present; `NaN` where the system has no `/proc`. */
export function rssMiB(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kib) / 1024;
  } catch {
    return NaN;
  }
}

/** Watches the memory of a process while something runs, and gives the highest of it. */
export async function highestRssMiB<T>(pid: number, work: () => Promise<T>): Promise<{ result: T; rssMiB: number }> {
  let highest = rssMiB(pid);
  const look = () => (highest = Math.max(highest, rssMiB(pid)));
  const timer = setInterval(look, sampleEveryMs);
  try {
    const result = await work();
    return { result, rssMiB: look() };
  } finally {
    clearInterval(timer);
  }
}
