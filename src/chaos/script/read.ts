import { readTextFile } from '../../config/text-file.js';
import { PixyError } from '../../errors/pixy-error.js';
import { Mistakes } from './mistakes.js';
import { scriptKeys } from './schema.js';
import type { DaemonKind, Expectations, Script } from './script.js';
import { readKeys, type ValuesOf } from './section.js';
import { readSource, scriptBytesMax } from './source.js';
import { randomOf, timelineOf } from './struck.js';
import { showMs } from './values.js';
import { checkAcks, clusterOf, daemonsOf, refuseTooMany, topicsOf, workloadOf } from './world.js';

type Values = ValuesOf<typeof scriptKeys>;

/** Reads a script. @throws PixyError `bad-script`, with every mistake that was found. */
export function readScriptFile(path: string): Script {
  return readScript(path, textOf(path));
}

/** `path` is for errors only. @throws PixyError `bad-script`. */
export function readScript(path: string, text: string): Script {
  const mistakes = new Mistakes();
  const source = readSource(text, mistakes);
  const values: Partial<Values> | undefined = source && readKeys(scriptKeys, source, '', mistakes);
  const script = values && scriptOf(values, mistakes);
  mistakes.throwIfAny(path);
  // Whatever could not be read was noted.
  return script as Script;
}

/** As much as could be read; complete when there is no mistake. */
function scriptOf(values: Partial<Values>, mistakes: Mistakes): Partial<Script> {
  const cluster = values.cluster && clusterOf(values.cluster, mistakes);
  const daemons = values.daemons && daemonsOf(values.daemons, mistakes);
  const topics = values.topics && topicsOf(values.topics, mistakes);
  const workload = values.workload && workloadOf(values.workload, topics, daemons, mistakes);
  const expect = values.expect && daemons && expectationsOf(values.expect, daemons);
  const { title, duration } = values;
  if (values.workload && duration) refuseTooMany(values.workload, duration.value, mistakes);
  if (values.workload && duration && daemons)
    checkAcks(values.workload, { kinds: daemons, durationMs: duration.value }, mistakes);
  if (!cluster || !daemons || !duration) return {};
  const world = { cluster, daemons, durationMs: duration.value };
  return {
    ...world,
    faults: timelineOf(values.faults ?? [], world, mistakes),
    random: values.random && randomOf(values.random, world, mistakes),
    ...(title !== undefined && { title }),
    ...(topics && { topics }),
    ...(workload && { workload }),
    ...(expect && { expect }),
  };
}

const standardBackMs = 5000;
/** Beyond the session timeout, after which ZooKeeper gives away what a daemon had. */
const takeoverMs = 2000;

function expectationsOf(
  { backWithin, takeoverWithin, leaveOut = [] }: Values['expect'],
  kinds: readonly DaemonKind[],
): Expectations {
  const standardTakeoverMs = Math.max(...kinds.map(({ timing }) => timing.sessionTimeoutMs)) + takeoverMs;
  const widened = (name: string, ms: number | undefined, usualMs: number) =>
    ms !== undefined && ms > usualMs ? [`${name} is ${showMs(ms)} instead of ${showMs(usualMs)}`] : [];
  return {
    backWithinMs: backWithin ?? standardBackMs,
    takeoverWithinMs: takeoverWithin ?? standardTakeoverMs,
    leaveOut,
    relaxed: [
      ...widened('backWithin', backWithin, standardBackMs),
      ...widened('takeoverWithin', takeoverWithin, standardTakeoverMs),
      ...leaveOut.map((check) => `the check "${check}" is left out`),
    ],
  };
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder; name its files, as in chaos/*.yaml',
  EACCES: 'it may not be read',
};

function textOf(path: string): string {
  try {
    const text = readTextFile(path, scriptBytesMax);
    if (text.includes('\0')) throw new Error('it is no text');
    return text;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new PixyError('bad-script', { path, mistakes: `\n  ${reasons[code ?? ''] ?? message}` }, { cause: error });
  }
}
