import type { ServerFrame, ViewerFrame } from '../protocol.js';

const retryFirstMs = 500;
const retryMaxMs = 5000;

export type ConnectionState =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  /** `reason`: what the daemon said when it closed; empty: nothing. Times of `Date.now()`. */
  | { readonly state: 'gone'; readonly sinceMs: number; readonly retryAtMs: number; readonly reason: string };

export interface ConnectionPorts {
  /** Every frame, in order. */
  onFrame(frame: ServerFrame): void;
  onState(state: ConnectionState): void;
}

/** The stream of the daemon that served this page; tried again, with a back-off, for as long as the page is open. */
export class Connection {
  readonly #ports: ConnectionPorts;
  #socket: WebSocket | undefined;
  #retryMs = retryFirstMs;
  #goneSinceMs: number | undefined;

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
  }

  start(): void {
    const { protocol, host } = window.location;
    const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/inspect/stream`);
    this.#socket = socket;
    if (this.#goneSinceMs === undefined) this.#ports.onState({ state: 'connecting' });
    let isTold = false;
    socket.addEventListener('message', ({ data }) => {
      // Only a frame says that we are let in: a daemon that turns us away opens the socket, and closes it at once.
      if (!isTold) {
        isTold = true;
        this.#retryMs = retryFirstMs;
        this.#goneSinceMs = undefined;
        this.#ports.onState({ state: 'open' });
      }
      this.#ports.onFrame(JSON.parse(String(data)) as ServerFrame);
    });
    socket.addEventListener('close', ({ reason }) => this.#lost(reason));
  }

  /** Dropped while there is no connection. */
  send(frame: ViewerFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #lost(reason: string): void {
    const nowMs = Date.now();
    this.#goneSinceMs ??= nowMs;
    const state = { state: 'gone', sinceMs: this.#goneSinceMs, retryAtMs: nowMs + this.#retryMs, reason } as const;
    this.#ports.onState(state);
    window.setTimeout(() => this.start(), this.#retryMs);
    this.#retryMs = Math.min(retryMaxMs, this.#retryMs * 2);
  }
}
