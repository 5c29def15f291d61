import type { Logger } from 'pino';
import type { Bus } from '../actors/bus/types.js';
import type { Config } from '../config/config.js';

/** The share that requests on their way in have in the process's one budget of bytes. */
export interface ByteBudget {
  /** False: there is no room, and nothing was taken. */
  tryTake(bytes: number): boolean;
  give(bytes: number): void;
}

/** What the methods have of the world: they check, ask the bus, and render. */
export interface GrpcEnvironment {
  readonly bus: Pick<Bus, 'ask'>;
  readonly config: Config;
  readonly log: Logger;
}
