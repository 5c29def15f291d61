import { faultTitles, type DaemonName, type Fault, type History, type Timing } from './history.js';

/** One line of the table: what was measured, and what is aimed at. */
export interface Figure {
  readonly fault: string;
  readonly what: string;
  /** `undefined`: it did not happen before the end. */
  readonly seconds: number | undefined;
  readonly aimSeconds: number | undefined;
}

const backAimSeconds = 5;
const handOverAimSeconds = 1;

/** How long things took after each fault, for the group that acknowledges automatically. Pure: from the history alone. */
export function figuresOf(history: History, timing: Timing): Figure[] {
  const claims = history.claims.filter(({ group }) => group === 'auto');
  const deliveries = history.deliveries.filter(({ group }) => group === 'auto');
  return history.faults.flatMap((fault) => figuresOfFault({ ...history, claims, deliveries }, fault, timing));
}

type Row = readonly [what: string, seconds: number | undefined, aimSeconds?: number];

function figuresOfFault(history: History, fault: Fault, timing: Timing): Figure[] {
  return rowsOf(history, fault, timing).map(([what, seconds, aimSeconds]) => ({
    fault: faultTitles[fault.name],
    what,
    seconds,
    aimSeconds,
  }));
}

function rowsOf(history: History, fault: Fault, { sessionTimeoutMs }: Timing): readonly Row[] {
  const sessionSeconds = sessionTimeoutMs / 1000;
  const expiryAimSeconds = sessionSeconds + 1;
  switch (fault.name) {
    case 'broker-killed':
      return [
        ['from the kill until every partition delivers what was written since', delivers(history, fault.startMs)],
        ...backRows(history, fault, 'the broker is back'),
      ];
    case 'broker-frozen':
      return backRows(history, fault, 'the broker is back');
    case 'zookeeper-bounced':
    case 'zookeeper-gone': {
      const awaySeconds = (fault.backMs - fault.startMs) / 1000;
      const withinSession = fault.name === 'zookeeper-bounced' ? sessionSeconds : undefined;
      return [['ZooKeeper was away for', awaySeconds, withinSession], ...backRows(history, fault, 'ZooKeeper is back')];
    }
    case 'daemon-frozen':
      return [
        ['from the freeze until others own all', takeover(history, fault), expiryAimSeconds],
        ['from the thaw until it delivers what was written since', everyDaemon(history, fault), backAimSeconds],
      ];
    case 'daemon-killed':
      return [
        ['from the kill until others own all', takeover(history, fault), expiryAimSeconds],
        ['from the kill until others deliver all', takenOver(history, fault), expiryAimSeconds],
      ];
    case 'daemon-stopped': {
      const end = history.ends.find(({ daemon }) => daemon === fault.daemon);
      return [
        ['from SIGTERM until others own all', takeover(history, fault), handOverAimSeconds],
        ['from SIGTERM until others deliver all', takenOver(history, fault), handOverAimSeconds],
        ['from SIGTERM until its end', end && end.tookMs / 1000],
      ];
    }
    case 'offsets-set':
      return [
        ['from the request until its answer', (fault.backMs - fault.startMs) / 1000],
        ['from the request until every partition delivers from there', fromThere(history, fault)],
      ];
    case 'session-lost':
      return [['from the loss until it delivers what was written since', everyDaemon(history, fault), backAimSeconds]];
  }
}

/** What lies in a backlog is delivered first, so there are two answers to when consuming is back. */
function backRows(history: History, fault: Fault, back: string): readonly Row[] {
  return [
    [`since ${back}: every partition delivers`, delivers(history, fault.backMs, 0), backAimSeconds],
    [`since ${back}: every partition delivers what was written since`, delivers(history, fault.backMs), backAimSeconds],
    [`since ${back}: every daemon delivers what was written since`, everyDaemon(history, fault), backAimSeconds],
  ];
}

/** Seconds from `sinceMs` until each partition has delivered a message, one written from `writtenSinceMs` on. */
function delivers({ deliveries, partitions }: History, sinceMs: number, writtenSinceMs = sinceMs): number | undefined {
  const first = new Map<number, number>();
  for (const { partition, writtenMs, receivedMs } of deliveries) {
    if (receivedMs < sinceMs || writtenMs < writtenSinceMs) continue;
    first.set(partition, Math.min(first.get(partition) ?? Infinity, receivedMs));
  }
  return first.size === partitions ? (Math.max(...first.values()) - sinceMs) / 1000 : undefined;
}

/** Seconds until the daemon that was struck, or else each that owned partitions at the recovery, has delivered a message written since `backMs`. */
function everyDaemon({ deliveries, claims }: History, { daemon, backMs, recoveredMs }: Fault): number | undefined {
  const settled = claims.find(({ askedMs }) => askedMs >= recoveredMs) ?? claims.at(-1);
  const owners = new Set(daemon === undefined ? settled?.owners.values() : [daemon]);
  const first = new Map<DaemonName, number>();
  for (const { daemon: by, writtenMs, receivedMs } of deliveries) {
    if (writtenMs >= backMs && owners.has(by)) first.set(by, Math.min(first.get(by) ?? Infinity, receivedMs));
  }
  return first.size === owners.size ? (Math.max(...first.values()) - backMs) / 1000 : undefined;
}

/** Seconds until every partition was seen to be owned, and none by the daemon that was struck. */
function takeover({ claims, partitions }: History, { daemon, startMs }: Fault): number | undefined {
  const sample = claims.find(
    ({ askedMs, owners }) =>
      askedMs >= startMs && owners.size === partitions && ![...owners.values()].includes(daemon ?? ''),
  );
  return sample && (sample.answeredMs - startMs) / 1000;
}

/** Seconds until each partition of the daemon that was struck has been delivered by another. */
function takenOver({ claims, deliveries }: History, { daemon, startMs }: Fault): number | undefined {
  const before = claims.filter(({ answeredMs }) => answeredMs <= startMs).at(-1);
  const theirs = [...(before?.owners ?? [])].filter(([, owner]) => owner === daemon).map(([partition]) => partition);
  const moments = theirs.map((partition) => {
    const next = deliveries.filter(
      (each) => each.partition === partition && each.daemon !== daemon && each.receivedMs >= startMs,
    );
    return Math.min(...next.map(({ receivedMs }) => receivedMs));
  });
  const latest = Math.max(...moments);
  return Number.isFinite(latest) ? (latest - startMs) / 1000 : undefined;
}

/** Seconds until each position that was set has been delivered. */
function fromThere({ deliveries }: History, { startMs, positions = [] }: Fault): number | undefined {
  const moments = positions
    .filter(({ group }) => group === 'auto')
    .map(({ partition, offset }) => {
      const found = deliveries.filter(
        (each) => each.partition === partition && each.offset === offset && each.receivedMs >= startMs,
      );
      return Math.min(...found.map(({ receivedMs }) => receivedMs));
    });
  const latest = Math.max(...moments);
  return Number.isFinite(latest) ? (latest - startMs) / 1000 : undefined;
}
