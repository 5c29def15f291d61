import { counted } from '../chaos/report/format.js';
import { readScriptFile } from '../chaos/script/read.js';
import type { Script } from '../chaos/script/script.js';
import { describeFault, resolveTimeline } from '../chaos/script/timeline.js';
import { PixyError } from '../errors/pixy-error.js';
import { seedOf } from './chaos-seed.js';

export interface ChaosCheckOptions {
  /** Paths, in the order in which they are read. */
  readonly scripts: readonly string[];
  /** As given; draws other faults at random than the script's own seed. */
  readonly seed: string | undefined;
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
}

/** `kafka-pixy chaos check SCRIPT...`: every script is read, whatever is wrong with others; returns the exit code. */
export function chaosCheck({ scripts, seed, print, complain }: ChaosCheckOptions): 0 | 2 {
  if (scripts.length === 0) {
    complain('chaos check needs the path of a script, or of several; docs/CHAOS.md says how one is written');
    return 2;
  }
  const isRight = (work: () => void): boolean => {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof PixyError)) throw error;
      complain(error.message);
      return false;
    }
  };
  let drawnBy: number | undefined;
  if (!isRight(() => (drawnBy = seedOf(seed)))) return 2;
  const results = scripts.map((path) => isRight(() => chaosCheckLines(path, drawnBy).forEach(print)));
  return results.every(Boolean) ? 0 : 2;
}

function clusterLine({ cluster }: Script): string {
  if (cluster.type === 'given') return `cluster: ${cluster.kafkaPeers.join(',')}, which is given and not touched`;
  const { kafkaVersion, brokers, replication, minInSync } = cluster;
  return `cluster: Kafka ${kafkaVersion}, ${counted(brokers, 'broker')}, replication ${replication}, ${minInSync} in sync at least`;
}

/**
 * What a script asks for, in lines: the question, the world, and what is done to it and when, faults at random as `seed` or the script's
 * own has them drawn. @throws PixyError `bad-script`, with every mistake that was found
 */
export function chaosCheckLines(path: string, seed?: number): string[] {
  const script = readScriptFile(path);
  const faults = resolveTimeline(script, seed ?? script.random?.seed);
  return [
    script.title,
    `  ${clusterLine(script)}`,
    `  daemons: ${counted(script.daemons.at(-1)!.to, 'process', 'processes')} (${script.daemons.map(({ name }) => name).join(', ')})`,
    `  duration: ${script.durationMs / 1000} s`,
    ...script.expect.relaxed.map((sentence) => `  relaxed: ${sentence}`),
    ...faults.map((fault) => `  ${describeFault(fault)}`),
    `${path} has no mistake: ${counted(faults.length, 'fault')}.`,
  ];
}
