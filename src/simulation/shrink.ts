import type { Fault, PlannedFault } from './faults.js';
import type { Plan } from './plan.js';

/** Whether a plan still fails in the way that is looked for. */
export type Fails = (plan: Plan) => Promise<boolean>;

/** Runs that a shrinking may take. */
const runsMax = 600;
/** With more posts than these it is worth looking for chances with which the last of them are enough. */
const postsFew = 3;
const otherSeeds = 6;
/** Where a plan may end and a fault may begin or end, as numbers that are read at once. */
const tickMs = 100;
/** A shorter one is not worth a run. */
const faultMinMs = 200;

/**
 * A smaller plan that fails as well: one that ends sooner, without faults, posts, groups, topics, clients and daemons that do not
 * matter, with shorter faults, and all of it earlier. What makes the runs shorter is tried first, and what became possible by
 * something that was left out later is tried again. Deterministic, and bounded by `runsMax` runs.
 */
export async function shrink(plan: Plan, fails: Fails, runs = runsMax): Promise<Plan> {
  const shrinking = new Shrinking(plan, fails, runs);
  let before: Plan;
  do {
    before = shrinking.smallest;
    await shrinking.endSooner();
    await shrinking.leaveOut('faults');
    await shrinking.leaveOut('groups');
    await shrinking.leaveOutClients();
    for (const [name] of timedLists(shrinking.smallest)) if (name !== 'faults') await shrinking.leaveOut(name);
    await shrinking.leaveOutDaemons();
    await shrinking.simplifyWorld();
    await shrinking.shortenFaults();
    await shrinking.beginSooner();
    await shrinking.tryOtherChance();
  } while (shrinking.smallest !== before);
  return shrinking.smallest;
}

const rounded = (timeMs: number): number => Math.ceil(timeMs / tickMs) * tickMs;

/** Something that happens at a moment of a plan. */
interface Timed {
  readonly atMs: number;
  readonly client?: string;
  readonly topic?: string;
}

/** The lists of a plan that hold what happens at some moment: posts, faults, and whatever else there is. */
const timedLists = (plan: Plan): (readonly [name: keyof Plan, items: readonly Timed[]])[] =>
  (Object.entries(plan) as [keyof Plan, unknown][]).flatMap(([name, value]) =>
    Array.isArray(value) && value.some((item: Partial<Timed>) => item.atMs !== undefined)
      ? [[name, value as Timed[]] as const]
      : [],
  );

const changed = (plan: Plan, change: (items: readonly Timed[]) => readonly Timed[]): Plan => ({
  ...plan,
  ...Object.fromEntries(timedLists(plan).map(([name, items]) => [name, change(items)])),
});

const until = (plan: Plan, endMs: number): Plan => ({
  ...changed(plan, (items) => items.filter(({ atMs }) => atMs <= endMs)),
  durationMs: endMs,
});

const timesOf = (plan: Plan): number[] => timedLists(plan).flatMap(([, items]) => items.map(({ atMs }) => atMs));

/** Everything of it happens by then. */
const lastMsOf = (plan: Plan): number => Math.max(0, ...timesOf(plan));

const sooner = (plan: Plan, fromMs: number, byMs: number): Plan => ({
  ...changed(plan, (items) => items.map((item) => (item.atMs >= fromMs ? { ...item, atMs: item.atMs - byMs } : item))),
  durationMs: Math.max(tickMs, plan.durationMs - byMs),
});

/** Which one is struck counts modulo their number. */
const amongFew = (fault: Fault, what: 'daemon' | 'client', count: number): Fault =>
  what in fault
    ? { ...fault, [what]: (((fault as unknown as Record<typeof what, number>)[what] - 1) % count) + 1 }
    : fault;

class Shrinking {
  smallest: Plan;
  readonly #fails: Fails;
  #runsLeft: number;
  /** Of what was tried: another round asks only what is new. */
  readonly #failed = new Set<string>();

  constructor(plan: Plan, fails: Fails, runs: number) {
    this.smallest = plan;
    this.#fails = fails;
    this.#runsLeft = runs;
  }

  async endSooner(): Promise<void> {
    let passesMs = 0;
    for (let endMs = this.smallest.durationMs; endMs - passesMs > 1000; endMs = this.smallest.durationMs) {
      const middleMs = rounded((passesMs + endMs) / 2);
      if (middleMs >= endMs) break;
      if (!(await this.#keep(until(this.smallest, middleMs)))) passesMs = middleMs;
    }
    await this.#keep(until(this.smallest, Math.max(tickMs, rounded(lastMsOf(this.smallest)))));
  }

  /** Halves first, then ever smaller parts. */
  async leaveOut(what: keyof Plan): Promise<void> {
    const items = (): readonly unknown[] => this.smallest[what] as readonly unknown[];
    for (let size = items().length; size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < items().length;) {
        const rest = [...items().slice(0, from), ...items().slice(from + size)];
        if (!(await this.#keep({ ...this.smallest, [what]: rest }))) from += size;
      }
    }
  }

  /** With what they do, or another does it. */
  async leaveOutClients(): Promise<void> {
    for (const name of [...this.smallest.clients].reverse()) {
      const clients = this.smallest.clients.filter((other) => other !== name);
      const [first] = clients;
      if (first === undefined) continue;
      const without = changed(this.smallest, (items) => items.filter(({ client }) => client !== name));
      if (await this.#keep({ ...without, clients })) continue;
      const byFirst = changed(this.smallest, (items) =>
        items.map((item) => (item.client === name ? { ...item, client: first } : item)),
      );
      await this.#keep({ ...byFirst, clients });
    }
    const { clients } = this.smallest;
    const faults = this.smallest.faults.map((planned) => ({
      ...planned,
      fault: amongFew(planned.fault, 'client', clients.length),
    }));
    await this.#keep({ ...this.smallest, faults });
  }

  /** What struck one that is no more strikes another. */
  async leaveOutDaemons(): Promise<void> {
    for (let daemons = 1; daemons < this.smallest.daemons; daemons++) {
      const faults = this.smallest.faults.map((planned) => ({
        ...planned,
        fault: amongFew(planned.fault, 'daemon', daemons),
      }));
      if (await this.#keep({ ...this.smallest, daemons, faults })) return;
    }
  }

  async simplifyWorld(): Promise<void> {
    const { smallest } = this;
    const used = new Set([
      ...timedLists(smallest).flatMap(([, items]) => items.map(({ topic }) => topic)),
      ...smallest.groups.flatMap(({ topics }) => topics),
      ...smallest.faults.flatMap(({ fault }) => ('topic' in fault ? fault.topic : [])),
    ]);
    const topics = smallest.topics.filter(({ name }) => used.has(name));
    if (topics.length < smallest.topics.length) await this.#keep({ ...smallest, topics });
    for (const partitions of [1, 2])
      if (this.smallest.topics.some((topic) => topic.partitions > partitions)) {
        const fewer = this.smallest.topics.map((topic) => ({
          ...topic,
          partitions: Math.min(topic.partitions, partitions),
        }));
        const isThere = ({ fault }: PlannedFault) => !('partition' in fault) || fault.partition < partitions;
        if (this.smallest.faults.every(isThere)) await this.#keep({ ...this.smallest, topics: fewer });
      }
    if (this.smallest.lowLimits) await this.#keep({ ...this.smallest, lowLimits: false });
    if (this.smallest.keepsMemberIds) await this.#keep({ ...this.smallest, keepsMemberIds: false });
  }

  async shortenFaults(): Promise<void> {
    for (let at = 0; at < this.smallest.faults.length; at++) {
      for (let { forMs } = this.smallest.faults[at]!; forMs >= faultMinMs;) {
        const shorter = rounded(forMs / 2);
        if (shorter >= forMs || !(await this.#replaceFault(at, { forMs: shorter }))) break;
        forMs = shorter;
      }
    }
  }

  #replaceFault(at: number, change: Partial<PlannedFault>): Promise<boolean> {
    const faults = this.smallest.faults.map((planned, index) => (index === at ? { ...planned, ...change } : planned));
    return this.#keep({ ...this.smallest, faults });
  }

  /** Takes the time out in which nothing is posted or broken, most of it first. */
  async beginSooner(): Promise<void> {
    const times = timesOf(this.smallest).sort((a, b) => a - b);
    let takenMs = 0;
    for (const [index, atMs] of times.entries()) {
      const gapMs = atMs - (times[index - 1] ?? 0);
      for (const share of [0.9, 0.5]) {
        const byMs = Math.floor((gapMs * share) / tickMs) * tickMs;
        if (byMs < 2 * tickMs) break;
        if (await this.#keep(sooner(this.smallest, atMs - takenMs, byMs))) {
          takenMs += byMs;
          break;
        }
      }
    }
  }

  /** What many posts were needed for may have been a coincidence, which comes about with few of them and other chances. */
  async tryOtherChance(): Promise<void> {
    const { posts, seed } = this.smallest;
    if (posts.length <= postsFew) return;
    for (let other = 1; other <= otherSeeds; other++)
      for (const count of [1, postsFew]) {
        const candidate = { ...this.smallest, seed: seed + other, posts: posts.slice(-count) };
        if (await this.#keep(candidate)) return;
      }
  }

  async #keep(candidate: Plan): Promise<boolean> {
    const key = JSON.stringify(candidate);
    if (this.#runsLeft <= 0 || key === JSON.stringify(this.smallest) || this.#failed.has(key)) return false;
    this.#runsLeft--;
    if (!(await this.#fails(candidate))) {
      this.#failed.add(key);
      return false;
    }
    this.smallest = candidate;
    return true;
  }
}
