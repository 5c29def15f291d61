import type { Loan } from './types.js';

export interface Lender {
  /** It left its address for good. */
  readonly gone: boolean;
  /** What it lends now; `undefined` while its valve is closed. */
  lent(): unknown;
}

/** Follows an address: when its holder is followed by another, that one's object is lent. */
export class AddressLoan<T> implements Loan<T> {
  readonly #find: () => Lender | undefined;
  readonly #borrower: { readonly over: boolean };
  #lender: Lender | undefined;

  constructor(find: () => Lender | undefined, borrower: { readonly over: boolean }) {
    this.#find = find;
    this.#borrower = borrower;
  }

  get(): T | undefined {
    if (this.#borrower.over) return undefined;
    if (this.#lender === undefined || this.#lender.gone) this.#lender = this.#find();
    return this.#lender?.lent() as T | undefined;
  }
}
