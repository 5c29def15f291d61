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

/** How long things took after each fault. Pure: from the history alone. */
export function figuresOf(history: History, timing: Timing): Figure[] {
  return history.faults.flatMap((fault) => figuresOfFault(history, fault, timing));
}

function figuresOfFault(history: History, fault: Fault, timing: Timing): Figure[] {
  const title = faultTitles[fault.name];
  const figure = (what: string, seconds: number | undefined, aimSeconds?: number): Figure => ({
    fault: title,
    what,
    seconds,
    aimSeconds,
  });
  const awayAimSeconds = fault.name === 'zookeeper-bounced' ? timing.sessionTimeoutMs / 1000 : undefined;
  const expiryAimSeconds = timing.sessionTimeoutMs / 1000 + 1;
  switch (fault.name) {
    case 'broker-killed':
      return [
        figure('from the kill until every partition delivers what was written since', delivers(history, fault.startMs)),
        figure(
          'from the broker being back until every partition delivers',
          delivers(history, fault.backMs),
          backAimSeconds,
        ),
        figure('from the broker being back until every daemon delivers', everyDaemon(history, fault), backAimSeconds),
      ];
    case 'zookeeper-bounced':
    case 'zookeeper-gone':
      return [
        figure('ZooKeeper was away for', (fault.backMs - fault.startMs) / 1000, awayAimSeconds),
        figure(
          'from ZooKeeper being back until every partition delivers',
          delivers(history, fault.backMs),
          backAimSeconds,
        ),
        figure('from ZooKeeper being back until every daemon delivers', everyDaemon(history, fault), backAimSeconds),
      ];
    case 'daemon-frozen':
      return [
        figure('from the freeze until others own all', takeover(history, fault), expiryAimSeconds),
        figure('from the thaw until it delivers again', everyDaemon(history, fault), backAimSeconds),
      ];
    case 'daemon-killed':
      return [
        figure('from the kill until others own all', takeover(history, fault), expiryAimSeconds),
        figure('from the kill until others deliver all', takenOver(history, fault), expiryAimSeconds),
      ];
    case 'daemon-stopped': {
      const end = history.ends.find(({ daemon }) => daemon === fault.daemon);
      return [
        figure('from SIGTERM until others own all', takeover(history, fault), handOverAimSeconds),
        figure('from SIGTERM until others deliver all', takenOver(history, fault), handOverAimSeconds),
        figure('from SIGTERM until its end', end && end.tookMs / 1000),
      ];
    }
    case 'session-lost':
      return [figure(`${fault.daemon} lost it until recovered`, (fault.recoveredMs - fault.startMs) / 1000)];
  }
}

/** Seconds from `sinceMs` until each partition has delivered a message that was written after it. */
function delivers({ deliveries, partitions }: History, sinceMs: number): number | undefined {
  const first = new Map<number, number>();
  for (const { partition, writtenMs, receivedMs } of deliveries) {
    if (writtenMs >= sinceMs) first.set(partition, Math.min(first.get(partition) ?? Infinity, receivedMs));
  }
  return first.size === partitions ? (Math.max(...first.values()) - sinceMs) / 1000 : undefined;
}

/** Seconds until each daemon that owned partitions at the recovery has delivered a message written since `backMs`. */
function everyDaemon(
  { deliveries, claims }: History,
  { name, daemon, backMs, recoveredMs }: Fault,
): number | undefined {
  const settled = claims.find(({ askedMs }) => askedMs >= recoveredMs) ?? claims.at(-1);
  const owners = new Set(name === 'daemon-frozen' ? [daemon ?? ''] : settled?.owners.values());
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
