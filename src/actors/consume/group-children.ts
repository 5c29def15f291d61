import { addressOf } from '../addresses.js';
import type { Address, BusEvent, Shell } from '../bus/types.js';

type Teller = Pick<Shell<BusEvent>, 'tell' | 'holds'>;

/** The committer and the fetchers of one group, as its partition owners reach them. */
export class GroupChildren {
  readonly #shell: Teller;
  readonly #group: string;

  constructor(shell: Teller, cluster: string, group: string) {
    this.#shell = shell;
    this.#group = addressOf.group(cluster, group);
  }

  address<E extends BusEvent>(child: string): Address<E> {
    return `${this.#group}/${child}` as Address<E>;
  }

  /** The group starts who is told, if need be. */
  tell<E extends BusEvent>(child: string, event: E): void {
    this.#shell.tell(this.address<E>(child), event as NoInfer<E>);
  }

  /** Only if it is there: taking something back is no reason to start it. */
  tellIfThere<E extends BusEvent>(child: string, event: E): void {
    if (this.#shell.holds(this.address(child))) this.tell(child, event);
  }
}
