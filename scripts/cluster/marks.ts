import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const PROBE_EVERY_MS = 50;

/** Identifies one run of a process even after its id was given to another. */
export interface ProcessMark {
  readonly pid: number;
  /** Opaque text, equal for one process as long as it lives. */
  readonly started: string;
}

/** `null` when there is no such process (a zombie is none). */
export async function processMark(pid: number): Promise<ProcessMark | null> {
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (line === null) return null;
    // The command's name, in parentheses, may hold spaces; state is the first field after it, start time the 20th.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : { pid, started: fields[19] ?? '' };
  }
  const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() === '' ? null : { pid, started: stdout.trim() };
}

export async function isAlive(mark: ProcessMark): Promise<boolean> {
  return (await processMark(mark.pid))?.started === mark.started;
}

/** SIGKILL to exactly this process, and waits until it is gone. Returns false when it was gone already. */
export async function killMarked(mark: ProcessMark): Promise<boolean> {
  if (!(await isAlive(mark))) return false;
  process.kill(mark.pid, 'SIGKILL');
  while (await isAlive(mark)) await pause(PROBE_EVERY_MS);
  return true;
}
