const bucketsPerDecade = 100;
const leastMs = 0.001;
/** Up to 100 s, eight decades above the least. */
const buckets = 8 * bucketsPerDecade + 1;

/** Counts latencies in buckets that are 2.3 % wide, so that phases can be added up and sent to another process. */
export class LatencyHistogram {
  readonly #counts: number[];
  #total: number;

  constructor(counts: readonly number[] = new Array<number>(buckets).fill(0)) {
    this.#counts = [...counts];
    this.#total = counts.reduce((sum, count) => sum + count, 0);
  }

  get total(): number {
    return this.#total;
  }

  /** As `new LatencyHistogram` takes it back. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  add(latencyMs: number): void {
    const bucket = Math.round(Math.log10(Math.max(latencyMs, leastMs) / leastMs) * bucketsPerDecade);
    this.#counts[Math.min(bucket, buckets - 1)]!++;
    this.#total++;
  }

  merge(other: LatencyHistogram): void {
    other.counts.forEach((count, bucket) => (this.#counts[bucket]! += count));
    this.#total += other.total;
  }

  /** The latency in milliseconds that this share of all stayed within; `NaN` when there is none. */
  percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#total));
    let seen = 0;
    const bucket = this.#counts.findIndex((count) => (seen += count) >= rank);
    return bucket < 0 ? NaN : leastMs * 10 ** (bucket / bucketsPerDecade);
  }
}
