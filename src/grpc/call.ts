import { Metadata, type handleUnaryCall } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { ClientGone } from '../actors/outcomes.js';
import type { Receipt } from '../actors/requests.js';
import { PixyError } from '../errors/pixy-error.js';
import { expectWrite } from './guarded-call.js';
import { statusAnswer, warningTrailer } from './status.js';

/** What a method has of a call, besides its request. */
export interface Call {
  /** Aborted when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
}

/** What a method answers. */
export interface Answer<R> {
  readonly message: R;
  /** Told what becomes of the answer. */
  readonly receipt?: Receipt;
  /** Sent as a trailer. */
  readonly warning?: string;
}

/** One method of the API. @throws PixyError for what the client is to be told; anything else is an inner defect. */
export type Method<Q, R> = (request: Q, call: Call) => Promise<Answer<R>>;

/** A method as the library wants it. */
export function unary<Q, R extends object>(name: string, method: Method<Q, R>, log: Logger): handleUnaryCall<Q, R> {
  return (call, callback) => {
    const gone = new AbortController();
    if (call.cancelled) gone.abort();
    // Comes after an answer, too, when nobody listens any more.
    else call.once('cancelled', () => gone.abort());
    method(call.request, { gone: gone.signal }).then(
      ({ message, receipt, warning }) => {
        if (gone.signal.aborted) return receipt?.returned();
        if (receipt) expectWrite(message, receipt);
        callback(null, message, warning === undefined ? undefined : warningOf(warning));
      },
      (error: unknown) => {
        if (error instanceof ClientGone) return;
        callback(statusAnswer(pixyErrorOf(error, name, log)));
      },
    );
  };
}

function warningOf(text: string): Metadata {
  const metadata = new Metadata();
  // Trailers are ASCII.
  metadata.set(warningTrailer, text.replace(/[^\x20-\x7e]/g, '?'));
  return metadata;
}

function pixyErrorOf(error: unknown, method: string, log: Logger): PixyError {
  if (error instanceof PixyError && error.status !== null) return error;
  log.error({ err: error, method }, 'a request failed for an inner defect');
  return new PixyError('internal', {}, { cause: error });
}
