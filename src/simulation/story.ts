import type { BusRecord } from '../actors/bus/types.js';
import type { Violation } from '../verdict/history.js';
import type { Plan } from './plan.js';
import type { RunResult } from './run.js';

/** So that it fits a screen. */
const linesMax = 42;
const lineCharactersMax = 150;

interface Line {
  readonly atMs: number;
  readonly text: string;
}

/** Gathers what a story can be told of while a run goes on: the states of actors, which are many. */
export class Witness {
  readonly #lines: Line[] = [];

  tap = (_daemon: string, record: BusRecord): void => {
    if (record.type !== 'snapshot') return;
    const text = `${record.address} is ${stateText(record.value)}`;
    if (this.#lines.at(-1)?.text !== text) this.#lines.push({ atMs: record.atMs, text });
  };

  /** Of the partition or topic that the violation names, and of the sessions. */
  linesAbout(violation: Violation): Line[] {
    const { topic, partition } = /(?<topic>[\w.-]+)\/(?<partition>\d+)@/.exec(violation.text)?.groups ?? {};
    if (topic === undefined) return [];
    const about = new RegExp(`(/topic/${topic}/partition/${partition}|/producer/${topic}/${partition}|/zookeeper) is `);
    return this.#lines.filter(({ text }) => about.test(text));
  }
}

const stateText = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : Object.entries(value as object)
        .map(([name, inner]) => `${name}.${stateText(inner)}`)
        .join(' & ');

/** What happened around a violation, in the order of time, short enough to be read at once. */
export function story(plan: Plan, { history }: RunResult, violation: Violation, witness: Witness): string[] {
  const place = /(?<topic>[\w.-]+)\/(?<partition>\d+)@(?<offset>\d+)/.exec(violation.text)?.groups;
  const isAbout = ({ topic, partition }: { topic: string; partition: number }) =>
    place === undefined || (topic === place['topic'] && partition === Number(place['partition']));
  const at = (atMs: number, text: string): Line => ({ atMs, text });
  const lines: Line[] = [
    ...history.faults.flatMap(({ text, fromMs, toMs }) => [
      at(fromMs, `FAULT ${text}`),
      ...(toMs > fromMs ? [at(toMs, `taken back: ${text}`)] : []),
    ]),
    ...history.deliveries
      .filter(isAbout)
      .map((each) =>
        at(
          each.handedMs,
          `${each.daemon} hands ${each.topic}/${each.partition}@${each.offset} to ${each.client} of group ${each.group}`,
        ),
      ),
    ...history.acks
      .filter(isAbout)
      .map((each) =>
        at(each.sentMs, `ack of ${each.topic}/${each.partition}@${each.offset} to ${each.daemon}: ${each.outcome}`),
      ),
    ...history.commits
      .filter(isAbout)
      .map((each) =>
        at(
          each.atMs,
          `${each.daemon} commits ${each.topic}/${each.partition}@${each.offset} for group ${each.group}${each.takenMs === undefined ? ', unanswered' : ''}`,
        ),
      ),
    ...witness.linesAbout(violation),
    at(violation.atMs, `>>> ${violation.check}: ${violation.text}`),
  ];
  const sorted = lines.sort((a, b) => a.atMs - b.atMs);
  // What lies nearest to the violation says most.
  const nearest = [...sorted].sort((a, b) => Math.abs(a.atMs - violation.atMs) - Math.abs(b.atMs - violation.atMs));
  const kept = new Set(nearest.slice(0, linesMax));
  const shown = sorted.filter((line) => kept.has(line) || line.text.startsWith('FAULT') || line.text.startsWith('>>>'));
  return [
    `${plan.daemons} daemons, ${plan.clients.length} clients, ${plan.posts.length} posts, ${plan.faults.length} faults`,
    ...shown.map(({ atMs, text }) => `${(atMs / 1000).toFixed(3).padStart(8)}  ${text}`.slice(0, lineCharactersMax)),
  ];
}
