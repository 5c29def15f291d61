import type { Address } from '../actors/bus/types.js';
import { showable } from './detail.js';
import type { InspectedDaemon } from './inspected.js';
import type { LookedAt } from './protocol.js';

/** At most so often is an actor looked at. */
export const lookEveryMs = 100;

/** The daemon that an address as displayed is of, and the address without its name. */
export function whose(
  displayed: string,
  daemons: readonly InspectedDaemon[],
): { readonly daemon: InspectedDaemon; readonly address: Address<never> } | undefined {
  // A colon in a name of the address itself is encoded.
  const colon = displayed.indexOf(':');
  const name = colon < 0 ? '' : displayed.slice(0, colon);
  const daemon = daemons.find(({ bus }) => bus.name === name);
  return daemon && { daemon, address: displayed.slice(colon + 1) as Address<never> };
}

/** One actor that a viewer looks at closely. */
export class Looking {
  readonly #address: string;
  readonly #reveal: boolean;
  #last: string | undefined;
  #nextAtMs = -Infinity;

  constructor(address: string, reveal: boolean) {
    this.#address = address;
    this.#reveal = reveal;
  }

  /** What has changed since the last look, if anything has and it is time for one. */
  look(daemons: readonly InspectedDaemon[], nowMs: number): LookedAt | undefined {
    if (nowMs < this.#nextAtMs) return undefined;
    this.#nextAtMs = nowMs + lookEveryMs;
    const found = whose(this.#address, daemons);
    const look = found?.daemon.bus.look(found.address);
    const context = look && (showable(look.context ?? {}, 0, this.#reveal) ?? {});
    const text = context === undefined ? '' : JSON.stringify(context);
    if (text === this.#last) return undefined;
    this.#last = text;
    return { address: this.#address, ...(context !== undefined && { context }), revealed: this.#reveal };
  }
}
