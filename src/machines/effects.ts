/**
 * Effects of a machine are one interface, handed in by its input and called by its actions; so what a machine can do to the
 * world is read in one place, and its graph can be walked without a world.
 */

/** Effects that do nothing. For walking a graph: drawings, path tests, the list of transitions. */
export function inert<T extends object>(): T {
  return new Proxy({} as T, { get: () => () => undefined });
}
