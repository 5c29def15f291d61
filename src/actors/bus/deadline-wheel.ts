import type { Clock, TimerHandle } from '../../host/host.js';

export interface Expiring {
  readonly deadlineAtMs: number;
  /** Called once, not before the deadline and at most `bucketMs` (and the clock's own lateness) after it. */
  expire(): void;
}

export type Bucket = Set<Expiring>;

/** Deadlines this close to each other share a bucket, hence a timer. Long polls last seconds; nobody notices the difference. */
const bucketMs = 10;

/**
 * All deadlines on one timer: a timer for each request would cost several times what the request itself costs. Adding and
 * removing is a set operation; the timer stands at the earliest bucket, and is not armed while there is nothing to wait for.
 */
export class DeadlineWheel {
  readonly #clock: Clock;
  readonly #buckets = new Map<number, Bucket>();
  /** Numbers of the buckets, as a binary heap: the earliest is first. Each number is in it once. */
  #order: number[] = [];
  #size = 0;
  #timer: TimerHandle | undefined;
  #timerAt = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#size;
  }

  /** Returns where the entry lies, which `remove` wants back. */
  add(entry: Expiring): Bucket {
    const number = Math.ceil(entry.deadlineAtMs / bucketMs);
    let bucket = this.#buckets.get(number);
    if (!bucket) {
      this.#buckets.set(number, (bucket = new Set()));
      heapPush(this.#order, number);
    }
    bucket.add(entry);
    this.#size++;
    if (number < this.#timerAt) this.#arm(number);
    return bucket;
  }

  remove(entry: Expiring, bucket: Bucket): void {
    if (!bucket.delete(entry)) return;
    this.#size--;
    if (this.#size === 0) this.#rest();
  }

  #arm(number: number): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timerAt = number;
    this.#timer = this.#clock.setTimeout(() => this.#due(), Math.max(0, number * bucketMs - this.#clock.nowMs()));
  }

  #rest(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Infinity;
    this.#buckets.clear();
    this.#order = [];
  }

  #due(): void {
    this.#timer = undefined;
    this.#timerAt = Infinity;
    const now = this.#clock.nowMs();
    while (this.#order.length > 0 && this.#order[0]! * bucketMs <= now) {
      const number = heapPop(this.#order);
      const bucket = this.#buckets.get(number)!;
      this.#buckets.delete(number);
      for (const entry of bucket) {
        bucket.delete(entry);
        this.#size--;
        entry.expire();
      }
    }
    // The timer of the host may come a little early: then nothing was due, and it is armed again.
    if (this.#size === 0) this.#rest();
    else if (this.#order[0]! < this.#timerAt) this.#arm(this.#order[0]!);
  }
}

function heapPush(heap: number[], value: number): void {
  let at = heap.length;
  heap.push(value);
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (heap[above]! <= value) break;
    heap[at] = heap[above]!;
    at = above;
  }
  heap[at] = value;
}

function heapPop(heap: number[]): number {
  const first = heap[0]!;
  const value = heap.pop()!;
  const length = heap.length;
  if (length === 0) return first;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= length) break;
    if (below + 1 < length && heap[below + 1]! < heap[below]!) below++;
    if (heap[below]! >= value) break;
    heap[at] = heap[below]!;
    at = below;
  }
  heap[at] = value;
  return first;
}
