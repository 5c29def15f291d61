/**
 * Has what is done to one process wait for what was begun before: who comes back has to be there before it can be struck
 * again. What is begun with one process does not wait for another.
 */
export class Turns {
  readonly #running = new Map<string, Promise<unknown>>();

  /** Begins when everything is over that was begun with this one. */
  after<T>(process: string, act: () => Promise<T>): Promise<T> {
    const before = this.#running.get(process);
    return this.atOnce(process, async () => {
      await before;
      return act();
    });
  }

  /** Waits for nothing, and is waited for. */
  atOnce<T>(process: string, act: () => Promise<T>): Promise<T> {
    const running = act();
    this.#running.set(process, Promise.allSettled([this.#running.get(process), running]));
    return running;
  }
}
