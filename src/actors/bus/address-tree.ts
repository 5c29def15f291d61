import { parentOf } from './address.js';

interface Branch<T> {
  readonly name: string;
  readonly above: Branch<T> | undefined;
  below: Map<string, Branch<T>> | undefined;
  tenant: T | undefined;
}

const branch = <T>(name: string, above: Branch<T> | undefined): Branch<T> => ({
  name,
  above,
  below: undefined,
  tenant: undefined,
});

/**
 * Who holds which address. An address may be held while those above it are not, so the branches are kept apart from the
 * tenants; finding a tenant is one lookup, and what lies below an address is found without looking at anything else.
 */
export class AddressTree<T> {
  readonly #held = new Map<string, T>();
  readonly #root = branch<T>('', undefined);

  get size(): number {
    return this.#held.size;
  }

  get(address: string): T | undefined {
    return this.#held.get(address);
  }

  tenants(): IterableIterator<T> {
    return this.#held.values();
  }

  hold(address: string, tenant: T): void {
    let at = this.#root;
    for (const name of address === '' ? [] : address.split('/')) {
      at.below ??= new Map();
      let next = at.below.get(name);
      if (!next) at.below.set(name, (next = branch(name, at)));
      at = next;
    }
    at.tenant = tenant;
    this.#held.set(address, tenant);
  }

  release(address: string): void {
    if (!this.#held.delete(address)) return;
    let at = this.#find(address)!;
    at.tenant = undefined;
    while (at.above && at.tenant === undefined && !at.below?.size) {
      at.above.below!.delete(at.name);
      at = at.above;
    }
  }

  /** The nearest tenant above an address. */
  nearestAbove(address: string): T | undefined {
    for (let above = parentOf(address); above !== undefined; above = parentOf(above)) {
      const tenant = this.#held.get(above);
      if (tenant !== undefined) return tenant;
    }
    return undefined;
  }

  /** The tenants below an address, the deepest first; within a depth, the youngest first. */
  below(address: string): T[] {
    const top = this.#find(address);
    if (!top) return [];
    const level: Branch<T>[] = [top];
    const tenants: T[] = [];
    // The array grows while it is walked: level by level.
    for (const at of level) {
      if (at !== top && at.tenant !== undefined) tenants.push(at.tenant);
      if (at.below) level.push(...at.below.values());
    }
    return tenants.reverse();
  }

  #find(address: string): Branch<T> | undefined {
    let at: Branch<T> | undefined = this.#root;
    for (const name of address === '' ? [] : address.split('/')) at = at?.below?.get(name);
    return at;
  }
}
