import type { Bus } from '../actors/bus/types.js';

/** A daemon of this process that can be looked at. */
export interface InspectedDaemon {
  readonly bus: Bus;
  /** By cluster. */
  readonly memberIds: Readonly<Record<string, string>>;
  /** Where it listens for HTTP, as far as it does already. */
  readonly listens: () => readonly string[];
}
