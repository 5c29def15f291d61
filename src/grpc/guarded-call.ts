import type { ServerHttp2Stream } from 'node:http2';
import {
  ServerInterceptingCall,
  status,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import type { BudgetShare } from '../actors/byte-budget.js';
import type { Receipt } from '../actors/requests.js';
import { PixyError } from '../errors/pixy-error.js';
import type { Clock, TimerHandle } from '../host/host.js';
import { statusAnswer } from './status.js';

export interface CallLimits {
  readonly budget: BudgetShare;
  readonly clock: Clock;
  /** Calls under way at a time, over all connections. */
  readonly callsMax: number;
  /** From the beginning of a call until its request is there. */
  readonly requestTimeoutMs: number;
}

type Listener = Parameters<ServerInterceptingCall['start']>[0];

/** What is used of the library's private parts. The package is pinned because of it. */
interface LibraryCall extends ServerInterceptingCallInterface {
  readonly stream: ServerHttp2Stream;
  readonly incomingEncoding: string;
  /** Milliseconds since the Unix epoch; infinite without one. */
  readonly deadline: number;
  readonly deadlineTimer: TimerHandle;
}

/** A deadline that was past by more when its call came is one that the library has misread. */
const deadlinePastMaxMs = 1000;

const receipts = new WeakMap<object, Receipt>();

/** From now on the receipt is told what becomes of this answer. */
export function expectWrite(answer: object, receipt: Receipt): void {
  receipts.set(answer, receipt);
}

/** Puts the limits around each call, before the library reads its request. */
export function guardCalls(limits: CallLimits): ServerInterceptor {
  const open = { calls: 0 };
  return (_method, call) => new GuardedCall(call as LibraryCall, limits, open);
}

/**
 * What the library lacks: limits on what is read for a call, and word of whether its answer left. Both are known only to the
 * HTTP/2 stream, which it does not show.
 */
class GuardedCall extends ServerInterceptingCall {
  readonly #call: LibraryCall;
  readonly #limits: CallLimits;
  readonly #open: { calls: number };
  #refused = false;

  constructor(call: LibraryCall, limits: CallLimits, open: { calls: number }) {
    super(call);
    this.#call = call;
    this.#limits = limits;
    this.#open = open;
    // It reckons in 32 bits, by which a deadline that is 25 to 49 days away is over already.
    const { clock } = limits;
    if (call.deadline < clock.wallMs() - deadlinePastMaxMs) clock.clearTimeout(call.deadlineTimer);
  }

  override start(listener: Listener): void {
    const { stream, incomingEncoding } = this.#call;
    if (stream.destroyed) return;
    const { callsMax } = this.#limits;
    if (this.#open.calls >= callsMax) {
      return this.#refuse(new PixyError('too-many-actors', { what: 'calls', limit: callsMax }));
    }
    this.#open.calls++;
    stream.once('close', () => this.#open.calls--);
    // As the original; and nobody may send a little that becomes a lot.
    if (incomingEncoding !== 'identity') {
      const details = `grpc: Decompressor is not installed for grpc-encoding "${incomingEncoding}"`;
      return this.#call.sendStatus({ code: status.UNIMPLEMENTED, details });
    }
    this.#watchRequest(stream);
    super.start({
      onReceiveMetadata: (metadata) => listener.onReceiveMetadata(metadata),
      onReceiveMessage: (message) => listener.onReceiveMessage(message),
      // The library takes a reset for the end of the request, and would begin it.
      onReceiveHalfClose: () => {
        if (!this.#refused && !stream.destroyed && !stream.closed) listener.onReceiveHalfClose();
      },
      onCancel: () => listener.onCancel(),
    });
  }

  /** Bytes are taken from the budget as they come, and given back when all are there, or when the call is over. */
  #watchRequest(stream: ServerHttp2Stream): void {
    const { budget, clock, requestTimeoutMs } = this.#limits;
    let takenBytes = 0;
    const timer = clock.setTimeout(
      () => this.#refuse(new PixyError('body-cut-short', { reason: `it was not here after ${requestTimeoutMs} ms` })),
      requestTimeoutMs,
    );
    const onData = (chunk: Buffer) => {
      if (budget.tryTake(chunk.length)) takenBytes += chunk.length;
      else {
        stream.off('data', onData);
        this.#refuse(new PixyError('memory-full', {}));
      }
    };
    const onOver = () => {
      stream.off('data', onData).off('end', onOver).off('close', onOver);
      clock.clearTimeout(timer);
      budget.give(takenBytes);
    };
    // After the library's own listener, and while the stream is paused: nothing begins to flow by it.
    stream.on('data', onData).once('end', onOver).once('close', onOver);
  }

  #refuse(error: PixyError): void {
    this.#refused = true;
    this.#call.sendStatus(statusAnswer(error));
    // Once the status is out: a client that goes on sending, or never ends, holds nothing here.
    this.#call.stream.close();
  }

  override sendMessage(message: unknown, callback: () => void): void {
    const receipt = receipts.get(message as object);
    if (!receipt) return super.sendMessage(message, callback);
    const { stream } = this.#call;
    if (stream.destroyed || stream.closed) return receipt.returned();
    let handedOver = false;
    // The message is with the operating system, and the status that makes an answer of it is on its way behind it.
    stream.once('close', () => {
      if (handedOver && stream.rstCode === 0 && !stream.aborted) receipt.written();
      else receipt.returned();
    });
    super.sendMessage(message, () => {
      handedOver = true;
      callback();
    });
  }
}
