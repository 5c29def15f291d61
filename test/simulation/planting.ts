import { vi } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { simulate } from '../../src/simulation/simulate.js';
import type { AnyBug, Replace } from './planted-bugs.js';

export interface Planted {
  /** Simulates with the bug. */
  readonly simulate: typeof simulate;
  readonly takeOut: () => void;
}

/** Puts a bug into the product; whoever does takes it out again. */
export async function plantBug(bug: AnyBug): Promise<Planted> {
  if ('wrapping' in bug) {
    const { wrapping } = bug;
    return { simulate: (plan, options) => simulate(plan, { ...options, wrapping }), takeOut: () => {} };
  }
  if ('plant' in bug) {
    const undo: (() => void)[] = [];
    bug.plant(replacing(undo));
    return { simulate, takeOut: () => undo.forEach((each) => each()) };
  }
  const path = `../../src/machines/${bug.machine}.js`;
  const exported = `${bug.machine.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())}Machine`;
  vi.resetModules();
  vi.doMock(path, async (importActual) => {
    const actual = await importActual<Record<string, AnyStateMachine>>();
    return { ...actual, [exported]: actual[exported]!.provide(bug.provide) };
  });
  const takeOut = () => {
    vi.doUnmock(path);
    vi.resetModules();
  };
  const module = await import('../../src/simulation/simulate.js');
  return { simulate: module.simulate, takeOut };
}

const replacing =
  (undo: (() => void)[]): Replace =>
  (on, name, make) => {
    const before = Object.getOwnPropertyDescriptor(on, name)!;
    undo.push(() => Object.defineProperty(on, name, before));
    if (before.get) {
      const value = make(undefined as never);
      const get = typeof value === 'function' ? (value as () => unknown) : () => value;
      Object.defineProperty(on, name, { ...before, get });
    } else Object.defineProperty(on, name, { ...before, value: make(before.value as never) });
  };
