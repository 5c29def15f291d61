import type { Explanation } from './consumption.js';
import type { Ack, Delivery, FaultCost, FaultRecord, History, HistoryTiming } from './history.js';
import { ClaimIndex } from './claims.js';
import { handedSinceMs, mayOutliveClaim } from './effects.js';
import { placedByGroup, strikes } from './places.js';

/**
 * What explains a redelivery where neither tenures nor commits are known, as in a real run: only what docs/GUARANTEES.md allows.
 * A commit is lost by what ends a process or its claims, and only that of the last commit interval before it; whoever is told to
 * stop, or gives a partition away, commits first, unless Kafka cannot be reached.
 */
export const explainByFaults: Explanation = (history, timing) => {
  const run = new StruckRun(history, timing);
  return (before, again) => run.explain(before, again);
};

/** The last commit of a partition that is released may take so long; one that began in a fault's time ends so much later. */
const commitTimeoutMs = 5000;
/** From when something is back to when the daemon knows what it has lost: it connects again, and is told. */
const noticeMs = 2000;

/** A time in which something was done, as near as it is known. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

class StruckRun {
  readonly #history: History;
  readonly #timing: HistoryTiming;
  readonly #acks: ReturnType<typeof placedByGroup<Ack>>;
  readonly #claims: ClaimIndex;
  readonly #ofLinks: readonly FaultRecord[];

  constructor(history: History, timing: HistoryTiming) {
    this.#history = history;
    this.#timing = timing;
    this.#acks = placedByGroup(history.acks.filter(({ outcome }) => outcome === 'noted'));
    this.#claims = new ClaimIndex(history.claims);
    this.#ofLinks = history.faults.filter(({ costs }) => costs.includes('answers'));
  }

  explain(before: Delivery, again: Delivery): string | undefined {
    const why = this.#explainInOrder(before, again);
    if (why !== undefined || !this.#mayBeOlder(again, before)) return why;
    return this.#explainInOrder(again, before);
  }

  /** The answer that was read later may have been handed over earlier. */
  #mayBeOlder(later: Delivery, earlier: Delivery): boolean {
    return handedSinceMs(later, this.#ofLinks, this.#timing) < earlier.handedMs;
  }

  #explainInOrder(before: Delivery, again: Delivery): string | undefined {
    const isStale =
      again.daemon !== before.daemon &&
      this.#history.faults.some((fault) => mayOutliveClaim(fault, again, this.#timing));
    if (isStale) return 'a daemon that was struck gave it under a claim that was over';
    const handed = { fromMs: handedSinceMs(before, this.#ofLinks, this.#timing), toMs: before.handedMs };
    if (before.mode === 'auto') return this.#explainUncommitted(before.daemon, handed, before, again);
    const acks = this.#acks(before.group)
      .get(before)
      // Of those before this delivery none counted: it came again in spite of them. Who asks before the answer may be given it still.
      .filter(({ sentMs, answeredMs }) => sentMs >= before.handedMs && answeredMs! < again.askedMs);
    return acks.length === 0
      ? this.#explainUnacknowledged(handed, before, again)
      : this.#explainAcknowledged(acks, before, again);
  }

  /** Why what a daemon noted as dealt with in this time may not have been committed when it came again. */
  #explainUncommitted(daemon: string, noted: Span, before: Delivery, again: Delivery): string | undefined {
    const { commitIntervalMs, slackMs } = this.#timing;
    const strikesIt = (fault: FaultRecord, untilMs: number): boolean =>
      noted.toMs >= this.#commitsFailSinceMs(fault, daemon) - commitIntervalMs - slackMs &&
      noted.fromMs <= untilMs + slackMs &&
      again.handedMs >= fault.fromMs - slackMs;
    const ofDaemon = this.#history.faults.filter((fault) => strikes(fault, daemon));
    if (ofDaemon.some((fault) => fault.costs.includes('memory') && strikesIt(fault, fault.fromMs)))
      return 'its daemon was killed before it had committed';
    // A process that was killed loses nothing more, however long it takes until another one is there.
    const endClaims = ofDaemon.filter(({ costs }) => costs.includes('claims') && !costs.includes('memory'));
    if (endClaims.some((fault) => strikesIt(fault, fault.toMs + noticeMs)))
      return 'its daemon may have lost its claim before it had committed';
    const holdUpCommits = ofDaemon.filter(({ costs }) => costs.includes('commits'));
    const isKept = holdUpCommits.some((fault) => {
      const untilMs = fault.toMs + commitTimeoutMs;
      return strikesIt(fault, untilMs) && this.#hasMoved(before, again, untilMs + slackMs);
    });
    return isKept ? 'its daemon could not commit it before the partition moved' : undefined;
  }

  /** When a fault struck a daemon, or when commits had begun to fail before it. */
  #commitsFailSinceMs(fault: FaultRecord, daemon: string): number {
    return this.#history.faults.reduce(
      (sinceMs, other) =>
        other.costs.includes('commits') &&
        strikes(other, daemon) &&
        other.fromMs < sinceMs &&
        other.toMs + commitTimeoutMs >= fault.fromMs
          ? other.fromMs
          : sinceMs,
      fault.fromMs,
    );
  }

  #explainUnacknowledged(handed: Span, before: Delivery, again: Delivery): string | undefined {
    if (again.handedMs - handed.fromMs >= this.#timing.ackTimeoutMs) return 'not acknowledged in time';
    if (this.#hasMoved(before, again, again.handedMs)) return 'not acknowledged when the partition moved';
    const span = { fromMs: handed.fromMs, toMs: again.handedMs };
    // A leader that does not have the owner's place in the log makes it read again from what is not acknowledged.
    return this.#wasStruck(before.daemon, ['memory', 'claims', 'commits'], span)
      ? 'not acknowledged when its daemon, or Kafka, was struck'
      : undefined;
  }

  /** Each of the acks must have come to nothing. */
  #explainAcknowledged(acks: readonly Ack[], before: Delivery, again: Delivery): string | undefined {
    let found: string | undefined;
    for (const ack of acks) {
      const noted = { fromMs: ack.sentMs, toMs: ack.answeredMs! };
      found =
        this.#explainUncommitted(ack.daemon, noted, before, again) ??
        (this.#wasElsewhere(ack, before) ? 'acknowledged when the partition had been elsewhere since' : undefined);
      if (found === undefined) return undefined;
    }
    return found;
  }

  /** An ack of what was given in an earlier tenure is answered like any other, and changes nothing. */
  #wasElsewhere(ack: Ack, before: Delivery): boolean {
    const { slackMs } = this.#timing;
    const span = { fromMs: before.handedMs - slackMs, toMs: ack.answeredMs! + slackMs };
    return (
      ack.daemon !== before.daemon ||
      this.#isOwnedByOthers(before, span) ||
      this.#wasStruck(ack.daemon, ['memory', 'claims'], span)
    );
  }

  /** Between the two, and by then. Where nobody looked at ZooKeeper, it is known only that it has moved at some time. */
  #hasMoved(before: Delivery, again: Delivery, untilMs: number): boolean {
    const span = { fromMs: before.handedMs, toMs: Math.min(again.handedMs, untilMs) };
    if (this.#isOwnedByOthers(before, span)) return true;
    if (before.daemon === again.daemon) return false;
    return again.handedMs <= untilMs || this.#claims.near(before, span.fromMs, span.toMs).length === 0;
  }

  /** By others than the daemon that gave it, or by nobody. */
  #isOwnedByOthers(delivery: Delivery, { fromMs, toMs }: Span): boolean {
    const samples = this.#claims.near(delivery, fromMs, toMs);
    return samples.some(({ owners }) => owners.get(delivery.partition) !== delivery.daemon);
  }

  #wasStruck(daemon: string, costs: readonly FaultCost[], { fromMs, toMs }: Span): boolean {
    const { slackMs } = this.#timing;
    return this.#history.faults.some(
      (fault) =>
        costs.some((cost) => fault.costs.includes(cost)) &&
        strikes(fault, daemon) &&
        fault.fromMs - slackMs <= toMs &&
        fault.toMs + noticeMs + slackMs >= fromMs,
    );
  }
}
