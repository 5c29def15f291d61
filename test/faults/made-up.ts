import type {
  Ack,
  Attempt,
  ClaimSample,
  Delivery,
  Fault,
  History,
  LogEntry,
  Timing,
} from '../../scripts/faults/history.js';

/** Made-up histories: a calm one in which nothing is wrong, and small changes to it. */

export const timing: Timing = {
  sessionTimeoutMs: 3000,
  commitIntervalMs: 500,
  ackTimeoutMs: 2000,
  drainTimeoutMs: 10_000,
  slackMs: 1000,
};

export function attempt(id: number, rest: Partial<Attempt> = {}): Attempt {
  return {
    id,
    daemon: 'd1',
    key: 'k',
    sequence: id,
    sentMs: id * 1000,
    answeredMs: id * 1000 + 5,
    outcome: 'acknowledged',
    detail: 'written',
    partition: 0,
    offset: id,
    ...rest,
  };
}

export function delivery(offset: number, rest: Partial<Delivery> = {}): Delivery {
  const writtenMs = offset * 1000;
  return {
    group: 'auto',
    daemon: 'd1',
    client: 'd1c1',
    partition: 0,
    offset,
    attempt: offset,
    writtenMs,
    askedMs: writtenMs - 10,
    receivedMs: writtenMs + 10,
    ...rest,
  };
}

/** Of the group that acknowledges later; half a second after the delivery. */
export function ack(offset: number, rest: Partial<Ack> = {}): Ack {
  const receivedMs = rest.receivedMs ?? offset * 1000 + 10;
  const sentMs = rest.sentMs ?? receivedMs + 500;
  return {
    daemon: 'd1',
    partition: 0,
    offset,
    receivedMs,
    sentMs,
    answeredMs: sentMs + 5,
    outcome: 'noted',
    detail: 'noted',
    ...rest,
  };
}

export const later = (offset: number, rest: Partial<Delivery> = {}): Delivery =>
  delivery(offset, { group: 'later', client: 'd1a1', ...rest });

export const entry = (offset: number, attemptId = offset, partition = 0): LogEntry => ({
  partition,
  offset,
  attempt: attemptId,
});

export const claim = (atMs: number, ...owners: readonly [number, string][]): ClaimSample => ({
  group: 'auto',
  askedMs: atMs - 5,
  answeredMs: atMs,
  owners: new Map(owners),
});

/** Struck at 10 s, back at 12 s, well at 13 s. */
export const fault = (name: Fault['name'], rest: Partial<Fault> = {}): Fault => ({
  name,
  startMs: 10_000,
  backMs: 12_000,
  recoveredMs: 13_000,
  ...rest,
});

/** One partition, one daemon, one key; messages 0 to 3 written and delivered to both groups, one a second. */
export function calmHistory(changes: Partial<History> = {}): History {
  const numbers = [0, 1, 2, 3];
  return {
    partitions: 1,
    endMs: 60_000,
    attempts: numbers.map((n) => attempt(n)),
    deliveries: [...numbers.map((n) => delivery(n)), ...numbers.map((n) => later(n))],
    acks: numbers.map((n) => ack(n)),
    log: numbers.map((n) => entry(n)),
    claims: numbers.map((n) => claim(n * 1000, [0, 'd1'])),
    faults: [],
    ends: [{ daemon: 'd1', how: 'told', exitCode: 0, signal: null, tookMs: 200, overdue: false }],
    hangs: [],
    accepted: [{ daemon: 'd1', id: 100 }],
    acceptedLog: [entry(0, 100)],
    defects: [],
    stuck: [],
    ...changes,
  };
}
