/** The door between a process and the world. While it is closed nothing goes out and nothing comes in: both wait, in order. */
export class Gate {
  #opened: Promise<void> | undefined;
  #open: (() => void) | undefined;

  close(): void {
    this.#opened ??= new Promise((resolve) => (this.#open = resolve));
  }

  open(): void {
    this.#open?.();
    this.#opened = undefined;
    this.#open = undefined;
  }

  get isOpen(): boolean {
    return this.#opened === undefined;
  }

  /** Resolves when it is open. */
  async pass(): Promise<void> {
    while (this.#opened) await this.#opened;
  }

  /** The same object, but that what its methods promise is asked for, and comes, through the door. */
  around<T extends object>(port: T): T {
    const through = async (call: () => Promise<unknown>): Promise<unknown> => {
      if (this.#opened) await this.pass();
      try {
        return await call();
      } finally {
        if (this.#opened) await this.pass();
      }
    };
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          const call = (): unknown => Reflect.apply(member, target, args);
          if (!this.#opened) {
            const result = call();
            return result instanceof Promise ? through(() => result) : result;
          }
          // Only what is awaited can wait; the rest is about this side of the door.
          return asynchronous.has(String(name)) ? through(() => call() as Promise<unknown>) : call();
        };
      },
    });
  }
}

/** Methods of the two ports that promise something. */
const asynchronous: ReadonlySet<string> = new Set([
  'metadata',
  'topicConfigs',
  'initProducerId',
  'produce',
  'fetch',
  'listOffsets',
  'findCoordinator',
  'commitOffsets',
  'fetchOffsets',
  'create',
  'setData',
  'getData',
  'getChildren',
  'exists',
  'deleteOwn',
  'deleteEmpty',
  'ensurePath',
]);
