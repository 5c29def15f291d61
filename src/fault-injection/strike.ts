import type { Address, Bus, InnerFault } from '../actors/bus/types.js';
import { PixyError } from '../errors/pixy-error.js';
import { addressMatcher } from './address-pattern.js';

/** By one request. */
const struckMax = 1000;

export interface Struck {
  /** Addresses, sorted. */
  readonly struck: readonly string[];
  /** Those that were meant too, but are being stopped, or are restarted already and cannot crash. */
  readonly spared: readonly string[];
}

/** Does a fault to everyone whose address is meant. @throws PixyError `no-actor-matches`, `bad-request` */
export function strike(bus: Bus, pattern: string, fault: InnerFault): Struck {
  const isMeant = addressMatcher(pattern);
  const meant = bus
    .actors()
    .map(({ address }) => address)
    .filter(isMeant)
    .sort();
  if (meant.length === 0) throw new PixyError('no-actor-matches', { address: pattern });
  if (meant.length > struckMax) {
    const reason = `${JSON.stringify(pattern)} means ${meant.length} actors, of which ${struckMax} at most can be struck at a time; nobody was`;
    throw new PixyError('bad-request', { reason });
  }
  const struck: string[] = [];
  const spared: string[] = [];
  for (const address of meant) (bus.injectFault(address as Address<never>, fault) ? struck : spared).push(address);
  return { struck, spared };
}
