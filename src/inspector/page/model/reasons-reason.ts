export type ReasonKind =
  | 'consumed'
  | 'idle-soon'
  | 'nobody-polls'
  | 'full'
  | 'no-leader'
  | 'blocked'
  | 'kafka-away'
  | 'zookeeper-silent'
  | 'zookeeper-away'
  | 'handing-over'
  | 'taking-over'
  | 'waiting-for-claim'
  | 'held-elsewhere'
  | 'restarting'
  | 'topic-unknown'
  | 'joining'
  | 'giving-up'
  | 'nobody-asked';

/** Why a partition is not consumed, or by whom it is. */
export interface Reason {
  readonly kind: ReasonKind;
  /** `ok`: it is consumed; `wait`: it will pass by itself; `bad`: somebody has to do something; `idle`: nobody wants it. */
  readonly tone: 'ok' | 'wait' | 'bad' | 'idle';
  /** A few words. */
  readonly short: string;
  /** One sentence: what is. */
  readonly is: string;
  /** One sentence: what happens next, or what to do. */
  readonly next: string;
  /** Something to type. */
  readonly command?: string;
  /** Whom it is about. */
  readonly member?: string;
  /** Who is waited for, if `member` waits. */
  readonly holder?: string;
}
