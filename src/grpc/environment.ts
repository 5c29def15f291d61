import type { Logger } from 'pino';
import type { Bus } from '../actors/bus/types.js';
import type { Config } from '../config/config.js';

/** What the methods have of the world: they check, ask the bus, and render. */
export interface GrpcEnvironment {
  readonly bus: Pick<Bus, 'ask'>;
  readonly config: Config;
  readonly log: Logger;
}
