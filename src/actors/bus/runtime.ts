import type { Logger } from 'pino';
import type { AnyStateMachine } from 'xstate';
import type { Host } from '../../host/host.js';
import type { PixyError } from '../../errors/pixy-error.js';
import type { OpenAsk } from './ask.js';
import type { FlightRecorder } from './flight-recorder.js';
import type { Lender } from './loan.js';
import type { MailboxItem } from './mailbox.js';
import type { Runnable } from './run-queue.js';
import type { Taps } from './taps.js';
import type { ActorBody, ActorKind, Address, AskOptions, BusEvent, Outcome } from './types.js';

/** Kinds and bodies inside the bus, where nobody knows what their machines understand. */
export type AnyKind = ActorKind<AnyStateMachine, unknown, unknown>;
export type AnyBody = ActorBody<AnyStateMachine, unknown>;

/** The actor that does something to others. */
export interface Sender {
  readonly address: string;
  /** The asks it made that are still open. */
  readonly asked: Set<OpenAsk>;
}

/** What a shell and its incarnations need of the bus. */
export interface Runtime {
  readonly host: Host;
  readonly log: Logger;
  readonly taps: Taps;
  readonly recorder: FlightRecorder;
  display(address: string): string;
  send(from: string | undefined, address: string, event: BusEvent): PixyError | undefined;
  request(
    sender: Sender | undefined,
    address: string,
    request: BusEvent,
    options: AskOptions,
  ): Promise<Outcome<unknown>>;
  spawnBelow(spawner: string, kind: AnyKind, address: string, args: unknown): void;
  stop(address: Address<never>): Promise<void>;
  holds(address: Address<never>): boolean;
  /** Displayed address of the nearest living actor above. */
  parentOf(address: string): string | undefined;
  lender(address: string): Lender | undefined;
  /** What waited for an address below can be adopted now. */
  forward(item: MailboxItem): void;
  /** What lay undelivered with an actor that is done goes to whoever takes `address` next; events that nobody takes are dropped. */
  sendOn(item: MailboxItem, address: string): void;
  schedule(runnable: Runnable): void;
}
