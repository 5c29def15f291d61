import type { Logger } from 'pino';
import type { Bus } from '../actors/bus/types.js';
import type { Config } from '../config/config.js';

/**
 * The share that request bodies have in the process's one budget of bytes. A handler takes before it reads, and gives
 * back before it asks the actor, which takes for itself what it accepts: so no byte is counted twice.
 */
export interface ByteBudget {
  /** False: there is no room, and nothing was taken. */
  tryTake(bytes: number): boolean;
  give(bytes: number): void;
}

/** What the handlers have of the world: they parse, ask the bus, and render. */
export interface HttpEnvironment {
  readonly bus: Pick<Bus, 'ask'>;
  readonly config: Config;
  readonly budget: ByteBudget;
  readonly log: Logger;
}
