/** Effects that only note their names, in order, for tests of machines. */
export function notedEffects<T extends object>(): { readonly effects: T; readonly calls: string[] } {
  const calls: string[] = [];
  const effects = new Proxy({} as T, {
    get: (_, name) => () => {
      calls.push(String(name));
    },
  });
  return { effects, calls };
}
