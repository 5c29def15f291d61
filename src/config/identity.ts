import type { Identity } from '../host/host.js';

/**
 * The id of a member of consumer groups: the configured one, else `pixy_<host>_<pid>_<start time, UTC, RFC 3339>`, with `_2`,
 * `_3` … for further daemons of one process (`ordinal` counts from 1), so that no two are ever equal.
 */
export function memberId(identity: Identity, ordinal = 1, clientId = ''): string {
  // eslint-disable-next-line no-restricted-globals -- writes down a time that was given; no clock is read
  const startedAt = new Date(identity.startedAtWallMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const id = clientId || `pixy_${identity.hostname}_${identity.pid}_${startedAt}`;
  return ordinal > 1 ? `${id}_${ordinal}` : id;
}

/** A member id as Kafka brokers take it for a client id: only `A-Z a-z 0-9 . _ -`. */
export function kafkaClientId(id: string): string {
  return id.replace(/[^A-Za-z0-9._-]/g, '-');
}
