import type { Ack, Delivery, Hang, LostAnswer, Post } from '../../verdict/history.js';

/** What clients saw, as it happens. Times are milliseconds from the beginning of the load. */
export interface Seen {
  readonly posts: readonly Post[];
  readonly deliveries: readonly Delivery[];
  readonly acks: readonly Ack[];
  readonly hangs: readonly Hang[];
  readonly lostAnswers: readonly LostAnswer[];
}

/** The clients of a run: those that the script asks for. */
export interface Workload {
  readonly seen: Seen;
  /** False: more happened than could be written down, so that nothing can be said about the run. */
  readonly isComplete: boolean;
  /** Begins to poll, at every daemon, and to post. */
  start(): void;
  /** No new post, and from now on everything is acknowledged in time; resolves when each post has its end. */
  stopPosting(): Promise<void>;
  /** Every group was given each of these. */
  hasSeen(entries: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]): boolean;
  /** No new poll; resolves when each has its end, and everything that was given is acknowledged. */
  stopConsuming(): Promise<void>;
  /** Ends every client and its connections, at once. */
  stop(): Promise<void>;
}
