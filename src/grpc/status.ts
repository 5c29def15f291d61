import { Metadata, status } from '@grpc/grpc-js';
import { WaitedInVain } from '../actors/outcomes.js';
import type { ErrorCode } from '../errors/table.js';
import type { PixyError } from '../errors/pixy-error.js';

/** The error's code of the one table, in the trailers of an answer. */
export const errorTrailer = 'x-pixy-error';
/** Why a request still waited when its time was over. */
export const reasonTrailer = 'x-pixy-reason';
/** What an answer that went well leaves to be said. */
export const warningTrailer = 'x-pixy-warning';

const byHttpStatus: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  404: status.NOT_FOUND,
  405: status.UNIMPLEMENTED,
  // As the original, whose clients tell "ask again" by this code.
  408: status.NOT_FOUND,
  429: status.RESOURCE_EXHAUSTED,
  431: status.RESOURCE_EXHAUSTED,
  500: status.INTERNAL,
  503: status.UNAVAILABLE,
};

/** Where gRPC tells an error differently than HTTP does; all of these as the original. */
const exceptions: Partial<Readonly<Record<ErrorCode, status>>> = {
  'body-too-large': status.RESOURCE_EXHAUSTED,
  'produce-unknown-topic': status.INVALID_ARGUMENT,
  'unknown-consumer-group': status.NOT_FOUND,
  'topic-not-consumed': status.NOT_FOUND,
};

/** How a node that is not in ZooKeeper is told, as in the original, where this is NOT_FOUND whatever was asked for. */
const missingNode = /zk: node does not exist$/;

/** The one place where an error gets its gRPC status. */
export function statusOf({ code, status: http, message }: PixyError): status {
  if (missingNode.test(message)) return status.NOT_FOUND;
  return exceptions[code] ?? byHttpStatus[http ?? 500] ?? status.INTERNAL;
}

/** A name in it may be as long as a request; trailers may not. */
const detailsLengthMax = 2000;

export interface StatusAnswer {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/** An error as it is answered. */
export function statusAnswer(error: PixyError): StatusAnswer {
  const metadata = new Metadata();
  metadata.set(errorTrailer, error.code);
  if (error instanceof WaitedInVain) metadata.set(reasonTrailer, error.reason);
  const { message } = error;
  // A cut may leave half of a character, which cannot be encoded.
  const cut = message.length > detailsLengthMax ? `${message.slice(0, detailsLengthMax)}…` : message;
  return { code: statusOf(error), details: cut.replace(/[\ud800-\udfff]/gu, '\ufffd'), metadata };
}
