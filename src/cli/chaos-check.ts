import { readScriptFile } from '../chaos/script/read.js';
import type { Script } from '../chaos/script/script.js';
import { describeFault, resolveTimeline } from '../chaos/script/timeline.js';

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const processes = (count: number): string => `${count} ${count === 1 ? 'process' : 'processes'}`;

function clusterLine({ cluster }: Script): string {
  if (cluster.type === 'given') return `cluster: ${cluster.kafkaPeers.join(',')}, which is given and not touched`;
  const { kafkaVersion, brokers, replication, minInSync } = cluster;
  return `cluster: Kafka ${kafkaVersion}, ${counted(brokers, 'broker')}, replication ${replication}, ${minInSync} in sync at least`;
}

/**
 * What a script asks for, in lines: the question, the world, and what is done to it and when, faults at random as its seed has
 * them drawn. @throws PixyError `bad-script`, with every mistake that was found
 */
export function chaosCheckLines(path: string): string[] {
  const script = readScriptFile(path);
  const faults = resolveTimeline(script);
  return [
    script.title,
    `  ${clusterLine(script)}`,
    `  daemons: ${processes(script.daemons.at(-1)!.to)} (${script.daemons.map(({ name }) => name).join(', ')})`,
    `  duration: ${script.durationMs / 1000} s`,
    ...script.expect.relaxed.map((sentence) => `  relaxed: ${sentence}`),
    ...faults.map((fault) => `  ${describeFault(fault)}`),
    `${path} has no mistake: ${counted(faults.length, 'fault')}.`,
  ];
}
