import type { Attempt, GroupKind, History, LogEntry, Violation } from '../history.js';

/**
 * Every acknowledged message lies in the log where its acknowledgement says, and nothing that was refused lies there; every
 * message of the log was delivered at least once to each group. The words are Jepsen's: *lost* is what consumption has passed, *unseen*
 * what it has not come to by the end of the final drain.
 */
export function checkLost(history: History): Violation[] {
  return [
    ...acknowledgedInLog(history),
    ...refusedNotInLog(history),
    ...logDelivered(history, 'auto'),
    ...logDelivered(history, 'later'),
  ];
}

export const place = (at: { readonly partition: number; readonly offset: number }): string =>
  `${at.partition}/${at.offset}`;

export const message = ({ key, sequence }: Attempt): string => `${key}#${sequence}`;

function acknowledgedInLog({ attempts, log }: History): Violation[] {
  const logged = new Map(log.map((entry) => [place(entry), entry.attempt]));
  const partitionOf = new Map(log.map(({ attempt, partition }) => [attempt, partition]));
  return attempts.flatMap((attempt) => {
    if (attempt.outcome !== 'acknowledged') return [];
    const at = { partition: attempt.partition ?? -1, offset: attempt.offset ?? -1 };
    const found = logged.get(place(at));
    if (found === attempt.id) return [];
    // A repetition of what was written so long ago that the broker does not say where.
    if (at.offset === -1 && partitionOf.get(attempt.id) === at.partition) return [];
    const instead = found === undefined ? 'nothing' : `try ${found}`;
    const text = `${message(attempt)} (try ${attempt.id}) was acknowledged at ${place(at)}, where the log has ${instead}`;
    return [{ check: 'lost write', text }];
  });
}

function refusedNotInLog({ attempts, log }: History): Violation[] {
  const refused = new Map(attempts.filter(({ outcome }) => outcome === 'refused').map((each) => [each.id, each]));
  return log.flatMap((entry) => {
    const attempt = refused.get(entry.attempt);
    if (!attempt) return [];
    const text = `${message(attempt)} (try ${attempt.id}) was refused by ${attempt.daemon} (${attempt.detail}), yet lies at ${place(entry)}`;
    return [{ check: 'refused but written', text }];
  });
}

function logDelivered({ deliveries, log, attempts }: History, group: GroupKind): Violation[] {
  const toGroup = deliveries.filter((each) => each.group === group);
  const delivered = new Set(toGroup.map(place));
  const passed = new Map<number, number>();
  for (const { partition, offset } of toGroup) passed.set(partition, Math.max(passed.get(partition) ?? -1, offset));
  const byId = new Map(attempts.map((attempt) => [attempt.id, attempt]));
  const tell = (entry: LogEntry): string => {
    const attempt = byId.get(entry.attempt);
    return attempt ? `${message(attempt)} at ${place(entry)}, ${attempt.outcome},` : place(entry);
  };
  return log.flatMap((entry) => {
    if (delivered.has(place(entry))) return [];
    if (entry.offset < (passed.get(entry.partition) ?? -1))
      return [
        {
          check: 'lost',
          text: `${tell(entry)} was never delivered to group ${group}, though later ones of its partition were`,
        },
      ];
    return [
      { check: 'unseen', text: `${tell(entry)} was not delivered to group ${group} by the end of the final drain` },
    ];
  });
}

/** What a daemon accepted without being asked to wait is written, unless it was killed. */
export function checkAccepted({ accepted, acceptedLog, ends }: History): Violation[] {
  const killed = killedOf(ends);
  const written = new Set(acceptedLog.map(({ attempt }) => attempt));
  return accepted.flatMap(({ daemon, id }) =>
    killed.has(daemon) || written.has(id)
      ? []
      : [
          {
            check: 'lost async',
            text: `async post ${id} was accepted by ${daemon}, which was not killed, and was lost`,
          },
        ],
  );
}

/** Accepted, and lost with a daemon that was killed: allowed, and told. */
export function countLostWithKilled({ accepted, acceptedLog, ends }: History): number {
  const killed = killedOf(ends);
  const written = new Set(acceptedLog.map(({ attempt }) => attempt));
  return accepted.filter(({ daemon, id }) => killed.has(daemon) && !written.has(id)).length;
}

const killedOf = (ends: History['ends']): ReadonlySet<string> =>
  new Set(ends.filter(({ how }) => how === 'killed').map(({ daemon }) => daemon));
