import type { Turns } from '../host/host.js';
import type { Barrier } from './barrier.js';

interface Message {
  readonly deliver: () => void;
  readonly lost: (() => void) | undefined;
}

/**
 * One connection of a client to the ZooKeeper server: two ordered ways. While it is cut, what was sent waits on the way,
 * as it does in a network that is only away; what waits when the connection breaks is lost.
 */
export class Connection {
  readonly client: string;
  readonly #turns: Turns;
  readonly #onBroken: () => void;
  readonly #server: Barrier;
  #open = true;
  #cut = false;
  readonly #toServer: (() => void)[] = [];
  readonly #toClient: Message[] = [];
  #draining = false;

  /** `server`: everything that the server does passes there. */
  constructor(options: { client: string; turns: Turns; server: Barrier; onBroken: () => void }) {
    this.client = options.client;
    this.#turns = options.turns;
    this.#onBroken = options.onBroken;
    this.#server = options.server;
  }

  /** False: the client has hung up, or the server. */
  get isOpen(): boolean {
    return this.#open;
  }

  set cut(cut: boolean) {
    this.#cut = cut;
    if (cut) return;
    for (let waiting = this.#toServer.length; waiting > 0; waiting--) this.#turns.afterIo(this.#arrive);
    this.#drain();
  }

  /** A request: arrives after a turn of the event loop. */
  toServer(request: () => void): void {
    if (!this.#open) return;
    this.#toServer.push(request);
    this.#turns.afterIo(this.#arrive);
  }

  readonly #arrive = (): void => {
    if (!this.#open || this.#cut) return;
    const request = this.#toServer.shift();
    if (request) this.#server.pass(request);
  };

  /**
   * An answer or a watch event. They arrive in the order in which the server made them, and never within the call that
   * made them: a watch event is seen before anything that was read after the change. `lost` is called instead when the
   * connection ends first.
   */
  toClient(deliver: () => void, lost?: () => void): void {
    if (!this.#open) return lost?.();
    this.#toClient.push({ deliver, lost });
    this.#drain();
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#turns.soon(() => {
      this.#draining = false;
      while (this.#open && !this.#cut && this.#toClient.length > 0) this.#toClient.shift()!.deliver();
    });
  }

  /** The server hangs up; the client learns it in a later turn. */
  break(): void {
    if (!this.#open) return;
    this.forget();
    this.#turns.soon(this.#onBroken);
  }

  /** The client hangs up, or is gone. */
  forget(): void {
    this.#open = false;
    this.#toServer.length = 0;
    for (const { lost } of this.#toClient.splice(0)) lost?.();
  }
}
