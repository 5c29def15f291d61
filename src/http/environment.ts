import type { Logger } from 'pino';
import type { BudgetShare } from '../actors/byte-budget.js';
import type { Bus } from '../actors/bus/types.js';
import type { Config } from '../config/config.js';

/** What the handlers have of the world: they parse, ask the bus, and render. */
export interface HttpEnvironment {
  readonly bus: Pick<Bus, 'ask'>;
  readonly config: Config;
  /**
   * For request bodies. A handler takes before it reads, and gives back before it asks the actor, which takes for itself
   * what it accepts: so no byte is counted twice.
   */
  readonly budget: BudgetShare;
  readonly log: Logger;
}
