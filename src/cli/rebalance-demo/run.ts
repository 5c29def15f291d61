import type { Logger } from 'pino';
import type { Host } from '../../host/host.js';
import type { InspectedDaemon } from '../../inspector/inspected.js';
import { DemoFailure } from './failure.js';
import { countPartitions, describeShares, haveSettled, readShares } from './group-shares.js';
import type { Pace } from './pace.js';
import type { DemoPlace } from './place.js';
import { seenLine, summary, type Seen } from './report.js';
import { Stage } from './stage.js';
import type { Step } from './steps.js';
import { paragraph, type DemoTerminal } from './terminal.js';

/** The page that shows it. */
export interface DemoInspector {
  readonly address: string;
  remark(text: string): void;
  close(timeoutMs: number): Promise<void>;
}

export interface RebalanceDemoOptions {
  readonly place: DemoPlace;
  readonly steps: readonly Step[];
  readonly host: Host;
  readonly log: Logger;
  readonly terminal: DemoTerminal;
  readonly pace: Pace;
  readonly openPage: (wiring: {
    readonly daemons: () => readonly InspectedDaemon[];
    readonly onNext: () => void;
  }) => Promise<DemoInspector>;
  /** After the last step it stays, to be looked at, until it is told to end. */
  readonly staysAtEnd: boolean;
}

const ordinals = [1, 2, 3] as const;
/** Fewer, and a member would have none. */
const partitionsMin = ordinals.length;
const lookEveryMs = 100;
/** Of one step. On a machine that is worth showing it to, the slowest takes ten seconds. */
const settleMaxMs = 60_000;
const closePageMs = 500;

/**
 * Leads through the steps, each when it is told to go on. Resolves when all of it was shown or somebody ended it, and
 * nothing of it runs any more. @throws DemoFailure, and PixyError of a listener; nothing runs any more then either.
 */
export async function runRebalanceDemo(options: RebalanceDemoOptions): Promise<void> {
  let fatal: unknown;
  const { pace } = options;
  const stage = new Stage({
    ...options,
    onFatal: (error) => {
      fatal ??= error;
      pace.quit();
    },
  });
  let page: DemoInspector | undefined;
  try {
    for (const ordinal of ordinals) await stage.start(ordinal);
    page = await options.openPage({ daemons: () => stage.inspected, onNext: () => pace.press() });
    await new Performance(options, stage, page).run();
  } finally {
    await stage.close();
    await page?.close(closePageMs);
  }
  if (fatal !== undefined) throw new DemoFailure(`A daemon could not go on: ${String(fatal)}`);
}

class Performance {
  readonly #options: RebalanceDemoOptions;
  readonly #stage: Stage;
  readonly #page: DemoInspector;
  readonly #seen: Seen[] = [];

  constructor(options: RebalanceDemoOptions, stage: Stage, page: DemoInspector) {
    this.#options = options;
    this.#stage = stage;
    this.#page = page;
  }

  async run(): Promise<void> {
    const { steps, pace, staysAtEnd } = this.#options;
    const partitions = await this.#lookUpTopic();
    if (partitions === undefined) return;
    this.#introduce(partitions);
    for (const [at, step] of steps.entries()) {
      this.#announce(step, `${at + 1} of ${steps.length}`);
      await pace.next();
      if (pace.quitSignal.aborted) break;
      await this.#perform(step, partitions);
    }
    this.#sumUp();
    if (pace.quitSignal.aborted || !staysAtEnd) return;
    this.#say('That was the last step. The daemons run on: look around in the page. Press q to end.');
    await pace.end();
  }

  #say(text: string, indent = ''): void {
    this.#options.terminal.write(`${paragraph(text, indent)}\n`);
  }

  /** `undefined`: it was ended meanwhile. */
  async #lookUpTopic(): Promise<number | undefined> {
    const { place, pace } = this.#options;
    const { quitSignal } = pace;
    try {
      const partitions = await countPartitions(this.#stage.member(1).client, place.topic, quitSignal);
      if (partitions === undefined)
        throw new DemoFailure(
          `There is no topic ${place.topic}. ${place.howToMakeTopic}. Or name another one: --topic.`,
        );
      if (partitions >= partitionsMin) return partitions;
      throw new DemoFailure(
        `The topic ${place.topic} has too few partitions for three members: ${partitions}. Name another one: --topic.`,
      );
    } catch (error) {
      if (quitSignal.aborted) return undefined;
      throw error;
    }
  }

  #introduce(partitions: number): void {
    const { place, pace, terminal } = this.#options;
    const { topic, group } = place;
    terminal.write('\n');
    this.#say('A rebalance, step by step.');
    terminal.write('\n');
    this.#say(
      `Three daemons share ${place.description}. They consume the topic ${topic} with its ${partitions} partitions as members of the group ${group}, while a producer posts to them.`,
    );
    for (const { name, address } of this.#stage.members) this.#say(`${name}  http://${address}`, '  ');
    this.#say(`The page that shows it all: http://${this.#page.address}`);
    terminal.write('\n');
    const pause = pace.autoMs === undefined ? '' : `${pace.autoMs / 1000}\u00a0s after each step`;
    if (!terminal.onKey) return this.#say(`It goes on by itself, ${pause}, or with n in the page.`);
    this.#say(
      `Any key goes on, and so does n in the page${pause === '' ? '' : `; else it goes on ${pause}`}. q ends it.`,
    );
  }

  #announce({ title, happens, watch }: Step, number: string): void {
    this.#options.terminal.write('\n');
    this.#say(`${number}: ${title}`);
    this.#say(happens, '  ');
    this.#say(`Watch: ${watch}`, '  ');
    this.#page.remark(`Next, ${number}: ${title}. ${happens} Press n to go on.`);
  }

  async #perform(step: Step, partitions: number): Promise<void> {
    const { host, pace } = this.#options;
    const sinceMs = host.clock.nowMs();
    this.#page.remark(`${step.title}. Watch: ${step.watch}`);
    await step.cause(this.#stage);
    const shares = await this.#settled(step, partitions, sinceMs);
    if (shares === undefined || pace.quitSignal.aborted) return;
    const handOver = this.#stage.readers.handOverSince(sinceMs);
    this.#seen.push({ title: step.title, handOver });
    const line = seenLine(shares, handOver);
    this.#say(`Seen: ${line}`, '  ');
    this.#page.remark(`${step.title}: settled. ${line}`);
  }

  /** Who reads what then; `undefined`: it was ended meanwhile. */
  async #settled({ owners, title }: Step, partitions: number, sinceMs: number): Promise<string | undefined> {
    const { host, pace, place } = this.#options;
    const { quitSignal } = pace;
    let found: string;
    while (!quitSignal.aborted) {
      try {
        const shares = await readShares(this.#stage.member(1).client, place, quitSignal);
        found = `As ZooKeeper has it, ${describeShares(this.#stage.members, shares)}.`;
        const expected = owners.map((ordinal) => this.#stage.member(ordinal));
        if (haveSettled(expected, shares, partitions)) return describeShares(this.#stage.members, shares);
      } catch (error) {
        // It may be back before the time is up.
        found = (error as Error).message;
      }
      if (host.clock.nowMs() - sinceMs > settleMaxMs)
        throw new DemoFailure(`"${title}" has not settled within ${settleMaxMs / 1000} s. ${found}`);
      await pace.moment(lookEveryMs);
    }
    return undefined;
  }

  #sumUp(): void {
    if (this.#seen.length === 0) return;
    const { terminal } = this.#options;
    const { posted, consumed } = this.#stage.traffic.counts;
    terminal.write('\n');
    for (const line of summary(this.#seen)) terminal.write(`${line}\n`);
    terminal.write('\n');
    // Of those that a frozen daemon had handed out the last could not be committed, and came again.
    const again =
      consumed > posted ? ', some of them twice: what a member had not committed when it lost its session' : '';
    this.#say(`Meanwhile ${posted} messages were accepted, and ${consumed} were handed out${again}.`);
  }
}
