import type {
  Ack,
  ClaimSample,
  Commit,
  Delivery,
  FaultRecord,
  History,
  LogEntry,
  LostAnswer,
  Post,
  Tenure,
} from '../../src/verdict/history.js';

const nothing = {
  topics: [{ name: 'orders', partitions: 1 }],
  groups: [{ name: 'g', mode: 'auto' as const, topics: ['orders'] }],
  posts: [],
  deliveries: [],
  acks: [],
  log: [],
  commits: [],
  tenures: [],
  claims: [],
  lostAnswers: [],
  positionsSet: [],
  truncations: [],
  faults: [],
  hangs: [],
  breaches: [],
  recoveryMs: 0,
  endMs: 100_000,
};

/** One topic with one partition, one group that acknowledges by itself, and what is given. */
export const historyOf = (parts: Partial<History>): History => ({ ...nothing, ...parts });

/** The same for a group whose clients acknowledge. */
export const laterHistoryOf = (parts: Partial<History>): History =>
  historyOf({ groups: [{ name: 'g', mode: 'later', topics: ['orders'] }], ...parts });

const place = { topic: 'orders', partition: 0 };

export const timing = { sessionTimeoutMs: 6000, commitIntervalMs: 500, ackTimeoutMs: 5000, slackMs: 0 };

/** A sync post by d1 that was answered with offset 0. */
export const post = (parts: Partial<Post>): Post => ({
  id: 1,
  client: 'c1',
  daemon: 'd1',
  topic: 'orders',
  key: 'k',
  sequence: 1,
  sync: true,
  sentMs: 10,
  answeredMs: 20,
  outcome: 'written',
  detail: '200',
  partition: 0,
  offset: 0,
  ...parts,
});

/** Post 1 at offset 0. */
export const entry = (parts: Partial<LogEntry> = {}): LogEntry => ({ ...place, offset: 0, post: 1, ...parts });

/** Offset 0 to c1 by d1 at 1 s. */
export const delivery = (parts: Partial<Delivery> = {}): Delivery => ({
  ...place,
  group: 'g',
  mode: 'auto',
  offset: 0,
  post: 1,
  daemon: 'd1',
  client: 'c1',
  askedMs: 900,
  handedMs: 1000,
  received: true,
  ...parts,
});

/** Of offset 0, noted between 1.1 and 1.2 s. */
export const ack = (parts: Partial<Ack> = {}): Ack => ({
  ...place,
  group: 'g',
  offset: 0,
  daemon: 'd1',
  sentMs: 1100,
  answeredMs: 1200,
  outcome: 'noted',
  detail: '200',
  ...parts,
});

/** Offset 1 by d1 at 2 s, taken at once. */
export const commit = (parts: Partial<Commit> = {}): Commit => ({
  ...place,
  group: 'g',
  atMs: 2000,
  daemon: 'd1',
  offset: 1,
  acked: [],
  takenMs: 2000,
  ...parts,
});

/** Of every daemon, at 2 s, and without consequence. */
export const fault = (parts: Partial<FaultRecord>): FaultRecord => ({
  kind: 'some-fault',
  text: 'something',
  daemon: undefined,
  costs: [],
  fromMs: 2000,
  toMs: 2000,
  ...parts,
});

/** Of d1 from 0 to 3 s, released. */
export const tenure = (parts: Partial<Tenure> = {}): Tenure => ({
  ...place,
  group: 'g',
  daemon: 'd1',
  fromMs: 0,
  toMs: 3000,
  end: 'released',
  ...parts,
});

/** Partition 0 is owned by d1, asked from 0.95 s to 1 s. */
export const claim = (parts: Partial<ClaimSample> = {}): ClaimSample => ({
  group: 'g',
  topic: 'orders',
  askedMs: 950,
  answeredMs: 1000,
  owners: new Map([[0, 'd1']]),
  ...parts,
});

/** Of d1 to c1, asked at 0.9 s, broken off at 2 s; a message may have been in it. */
export const lostAnswer = (parts: Partial<LostAnswer> = {}): LostAnswer => ({
  group: 'g',
  topic: 'orders',
  daemon: 'd1',
  client: 'c1',
  askedMs: 900,
  endedMs: 2000,
  mayHold: true,
  ...parts,
});
