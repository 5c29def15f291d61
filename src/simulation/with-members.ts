/** The same object, but for these members; its own methods go on working on itself. */
export function withMembers<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get: (_, name) => {
      const member: unknown = Reflect.get(name in members ? members : target, name);
      return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
    },
  });
}
