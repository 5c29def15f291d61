import { errorTable, type ErrorCode, type ErrorParameters } from './table.js';

/** The only error that leaves an actor, a handler or a command. Its text and status come from the one table. */
export class PixyError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;

  constructor(code: C, parameters: ErrorParameters<C>, options: { cause?: unknown } = {}) {
    super((errorTable[code].text as (parameters: ErrorParameters<C>) => string)(parameters), options);
    this.name = 'PixyError';
    this.code = code;
  }

  /** HTTP status, or `null` for an error that ends a command instead of answering a request. */
  get status(): number | null {
    return errorTable[this.code].status;
  }

  /** Seconds after which a client does well to try again. */
  get retryAfterSeconds(): number | undefined {
    return (errorTable[this.code] as { retryAfterSeconds?: number }).retryAfterSeconds;
  }
}
