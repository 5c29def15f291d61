import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/host/virtual-host.js';
import type { BrokerErrorName } from '../../../src/kafka/port.js';
import { produceWorld, type ProduceWorld } from './produce-world.js';
import type { Step } from './scripted-kafka.js';

const actors = ['c/producer/orders/0', 'c/producer/orders/1', 'c/sender/1', 'c/sender/2', 'c/producer/orders'];
const troubles: readonly Step[] = ['lost', 'lost', 'hang', 'late', 'deposed', 'deposed', 'timeout', 'unreachable'];
const errors: readonly BrokerErrorName[] = [
  'NOT_LEADER_FOR_PARTITION',
  'NOT_ENOUGH_REPLICAS',
  'REQUEST_TIMED_OUT',
  'CORRUPT_MESSAGE',
];
const keyOf = ['k', 'l'];

/** Posts, and whatever may happen to them, by chance; and what was told of each post. */
class Run {
  /** Async ones that were accepted, by partition, in order. */
  readonly accepted: [string[], string[]] = [[], []];
  readonly told: { readonly value: string; readonly partition: 0 | 1; readonly told: Promise<string> }[] = [];
  readonly #w: ProduceWorld;
  readonly #random: () => number;
  #posts = 0;

  constructor(w: ProduceWorld, random: () => number) {
    this.#w = w;
    this.#random = random;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #oneOf<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)]!;
  }

  async step(): Promise<void> {
    const chance = this.#random();
    if (chance < 0.35) this.#send();
    else if (chance < 0.7) this.#post();
    else if (chance < 0.85) this.#fail();
    else if (chance < 0.9) this.#refuseSome();
    else if (chance < 0.97) await this.#disturb(chance < 0.94);
    else if (chance < 0.985) this.#w.kafka.topics.set('orders', this.#random() < 0.5 ? [2, 1] : [1, 2]);
    else this.#w.kafka.identityScript.push('timeout');
    await this.#w.runFor(this.#below(this.#random() < 0.1 ? 12_000 : 8));
  }

  #next(): { value: string; partition: 0 | 1 } {
    return { value: `m${this.#posts++}`, partition: this.#random() < 0.6 ? 0 : 1 };
  }

  #send(): void {
    const { value, partition } = this.#next();
    void this.#w.send(value, { key: keyOf[partition]! }).then((answer) => {
      if (answer === 'accepted') this.accepted[partition].push(value);
    });
  }

  #post(): void {
    const { value, partition } = this.#next();
    const deadlineMs = 1 + this.#below(this.#random() < 0.5 ? 40 : 20_000);
    this.told.push({ value, partition, told: this.#w.post(value, { key: keyOf[partition]!, deadlineMs }) });
  }

  #fail(): void {
    const trouble = this.#oneOf(troubles);
    this.#w.kafka.script.push(...Array.from({ length: 1 + this.#below(3) }, () => trouble));
  }

  #refuseSome(): void {
    const error = this.#oneOf(errors);
    this.#w.kafka.script.push(() => (this.#random() < 0.7 ? error : null));
  }

  async #disturb(slow: boolean): Promise<void> {
    const actor = this.#oneOf(actors) as never;
    if (!this.#w.bus.holds(actor)) return;
    if (slow) this.#w.bus.injectFault(actor, { kind: 'slow', forMs: this.#below(300) });
    else await this.#w.crash(actor);
  }
}

/** What is wrong with the log of a partition, as sentences. */
function wrongWithLog(log: readonly string[], accepted: readonly string[]): string[] {
  const once = new Set(log);
  const found = log.filter((value) => accepted.includes(value));
  return [
    ...log.filter((value, at) => log.indexOf(value) !== at).map((value) => `${value} lies there twice`),
    ...accepted.filter((value) => !once.has(value)).map((value) => `${value} was accepted and is lost`),
    ...(found.join() === accepted.filter((value) => once.has(value)).join() ? [] : ['the order is another one']),
  ];
}

function wrongWithAnswer(log: readonly string[], value: string, partition: number, told: string): string[] {
  const [, where, offset] = /^(\d)@(-?\d+)$/.exec(told) ?? [];
  if (where !== undefined) {
    // Offset -1: it lies there, and nobody knows where any more.
    const right =
      Number(where) === partition && (offset === '-1' ? log.includes(value) : log[Number(offset)] === value);
    return right ? [] : [`${value} was said to be at ${told}, and is not`];
  }
  const never = told === 'deadline not-sent' || told === 'kafka-unreachable';
  return never && log.includes(value) ? [`${value} was said not to be written (${told}), and is`] : [];
}

describe('posts while answers are lost, leaders are deposed and actors crash', () => {
  it.each(Array.from({ length: 16 }, (_, seed) => seed + 1))(
    'are written once each, in order, and what is told of them is true, seed %i',
    async (seed) => {
      const random = seededRandom(seed);
      const w = await produceWorld(random.next() < 0.2 ? { idleTimeoutMs: 3000 } : {});
      const run = new Run(w, () => random.next());
      for (let step = 0; step < 150; step++) await run.step();
      w.kafka.script.length = 0;
      await w.runFor(120_000);
      const wrong = [0, 1].flatMap((partition) => wrongWithLog(w.written(partition), run.accepted[partition as 0 | 1]));
      for (const { value, partition, told } of run.told)
        wrong.push(...wrongWithAnswer(w.written(partition), value, partition, await told));
      expect(wrong).toEqual([]);
      await w.close();
    },
  );
});
