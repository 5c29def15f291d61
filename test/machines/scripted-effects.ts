import type { VirtualClock } from '../../src/host/virtual-host.js';

export interface ScriptedEffects<T extends object> {
  readonly effects: T;
  /** What was called since the last look, in order. */
  takeCalls(): string[];
  /** Lets the promise of an effect come to its end. */
  done(name: keyof T & string, value?: unknown): Promise<void>;
  fail(name: keyof T & string): Promise<void>;
}

/** Effects that note their names, for tests of machines; those that are `promised` come to an end when the test says so. */
export function scriptedEffects<T extends object>(
  clock: VirtualClock,
  promised: readonly (keyof T & string)[],
  note: (name: string, args: readonly unknown[]) => string = (name) => name,
): ScriptedEffects<T> {
  const calls: string[] = [];
  const open = new Map<string, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const effects = new Proxy({} as T, {
    get:
      (_, name: keyof T & string) =>
      (...args: unknown[]) => {
        calls.push(note(name, args));
        if (!promised.includes(name)) return undefined;
        return new Promise((resolve, reject) => open.set(name, { resolve, reject }));
      },
  });
  const settle = async (name: string, how: (promise: NonNullable<ReturnType<typeof open.get>>) => void) => {
    const promise = open.get(name);
    if (!promise) throw new Error(`${name} was not called`);
    open.delete(name);
    how(promise);
    await clock.settle();
  };
  return {
    effects,
    takeCalls: () => calls.splice(0),
    done: (name, value) => settle(name, ({ resolve }) => resolve(value)),
    fail: (name) => settle(name, ({ reject }) => reject(new Error(`${name} failed`))),
  };
}
