import { Exception } from 'node-zookeeper-client';
import { ZooKeeperFailure, type ZooKeeperFailureKind } from '../port.js';

/** Kinds by the server's error codes (`KeeperException.Code` of ZooKeeper). What is not listed is `other`. */
const kinds = new Map<number, ZooKeeperFailureKind>([
  [Exception.NO_NODE, 'no-node'],
  [Exception.NODE_EXISTS, 'node-exists'],
  [Exception.NOT_EMPTY, 'not-empty'],
  [Exception.BAD_ARGUMENTS, 'bad-path'],
  [Exception.NO_AUTH, 'no-auth'],
  [Exception.AUTH_FAILED, 'no-auth'],
  [Exception.CONNECTION_LOSS, 'connection-loss'],
  [Exception.SESSION_EXPIRED, 'session-ended'],
]);

const explanations: Record<ZooKeeperFailureKind, (path: string) => string> = {
  'no-node': (path) => `ZooKeeper has no node ${path}, or its parent is missing`,
  'node-exists': (path) => `ZooKeeper has a node ${path} already`,
  'not-empty': (path) => `ZooKeeper's node ${path} has children`,
  'bad-path': (path) => `ZooKeeper does not accept the path ${JSON.stringify(path)}`,
  'no-auth': (path) => `ZooKeeper does not permit this on ${path}: look at the node's ACL`,
  'connection-loss': (path) =>
    `the connection to ZooKeeper was lost before the answer about ${path} came: it may or may not have been done`,
  'session-ended': (path) =>
    `the ZooKeeper session ended before the answer about ${path} came: it may or may not have been done`,
  'operation-timeout': (path) => `ZooKeeper did not answer in time about ${path}: it may still be done`,
  other: (path) => `ZooKeeper refused an operation on ${path}`,
};

/** `detail` tells what the kind alone does not. */
export function failure(
  kind: ZooKeeperFailureKind,
  path: string,
  options: { detail?: string; cause?: unknown } = {},
): ZooKeeperFailure {
  const detail = options.detail === undefined ? '' : ` (${options.detail})`;
  return new ZooKeeperFailure(kind, explanations[kind](path) + detail, { path, cause: options.cause });
}

/** Puts what the client rejects with into the port's terms. */
export function failureOf(error: unknown, path: string): ZooKeeperFailure {
  if (error instanceof ZooKeeperFailure) return error;
  const kind = (isException(error) ? kinds.get(error.code) : undefined) ?? 'other';
  const detail = kind === 'other' && error instanceof Error ? error.message : undefined;
  return failure(kind, path, { cause: error, ...(detail === undefined ? {} : { detail }) });
}

/** The data was written since it was looked at. Not a kind of the port: only `deleteOwn` gives a version. */
export function isBadVersion(failure: ZooKeeperFailure): boolean {
  return isException(failure.cause) && failure.cause.code === Exception.BAD_VERSION;
}

function isException(error: unknown): error is Exception {
  return error instanceof Exception;
}
