/** What bytes are held for. */
export const byteUses = ['request-bodies', 'accepted-not-written', 'fetched-not-offered', 'offered-not-acked'] as const;
export type ByteUse = (typeof byteUses)[number];

/** What one use has of the budget. */
export interface BudgetShare {
  /** False: there is no room, and nothing was taken. */
  tryTake(bytes: number): boolean;
  give(bytes: number): void;
}

/**
 * One budget for the process, counted in retained bytes. Who wants to read asks first. Each use has a share of its own
 * that others cannot take, so that a flood of posts never stops consuming, nor the other way round.
 */
export class ByteBudget {
  readonly #limits: Readonly<Record<ByteUse, number>>;
  readonly #held: Record<ByteUse, number> = {
    'request-bodies': 0,
    'accepted-not-written': 0,
    'fetched-not-offered': 0,
    'offered-not-acked': 0,
  };

  /** Shares: 1/8 for bodies under way, 3/8 for accepted writes, 3/8 for what was fetched, 1/8 for what is offered. */
  constructor(totalBytes: number) {
    const eighth = Math.floor(totalBytes / 8);
    this.#limits = {
      'request-bodies': eighth,
      'accepted-not-written': 3 * eighth,
      'fetched-not-offered': 3 * eighth,
      'offered-not-acked': eighth,
    };
  }

  /** Takes the bytes, or nothing. A single taking larger than the whole share is granted while the share is empty. */
  tryTake(use: ByteUse, bytes: number): boolean {
    const held = this.#held[use];
    if (held > 0 && held + bytes > this.#limits[use]) return false;
    this.#held[use] = held + bytes;
    return true;
  }

  /** Takes bytes that are there already, whatever the limit: one message for each asked-for partition always fits. */
  take(use: ByteUse, bytes: number): void {
    this.#held[use] += bytes;
  }

  give(use: ByteUse, bytes: number): void {
    this.#held[use] -= bytes;
  }

  /** For whoever is to know of one use alone. */
  share(use: ByteUse): BudgetShare {
    return { tryTake: (bytes) => this.tryTake(use, bytes), give: (bytes) => this.give(use, bytes) };
  }

  held(use: ByteUse): number {
    return this.#held[use];
  }

  /** For all uses together. */
  get heldBytes(): number {
    return Object.values(this.#held).reduce((sum, bytes) => sum + bytes, 0);
  }

  get budgetBytes(): number {
    return Object.values(this.#limits).reduce((sum, bytes) => sum + bytes, 0);
  }

  limit(use: ByteUse): number {
    return this.#limits[use];
  }
}
