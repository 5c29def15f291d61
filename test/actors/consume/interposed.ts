/**
 * The same object, but for one method: `around` is called with what would have been done, and with its arguments, and
 * answers instead.
 */
export function interposed<T extends object, N extends keyof T>(
  target: T,
  method: N,
  around: (call: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>,
): T {
  return new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      const call = value as (...args: unknown[]) => Promise<unknown>;
      if (name !== method) return call.bind(target);
      return (...args: unknown[]) => around(() => call.apply(target, args), args);
    },
  });
}
