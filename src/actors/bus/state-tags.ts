import type { AnyStateMachine, AnyStateNode, StateValue } from 'xstate';

/** The tags that a machine carries while its state is `value`, worked out of its definition; sorted. */
export function stateTags(machine: AnyStateMachine, value: unknown): string[] {
  return [...new Set(tagsFrom(machine.root as AnyStateNode, value as StateValue | undefined))].sort();
}

function tagsFrom(node: AnyStateNode, value: StateValue | undefined): string[] {
  const inside = typeof value === 'string' ? { [value]: undefined } : (value ?? {});
  const below = Object.entries(inside).flatMap(([name, further]) => {
    const child = node.states[name];
    return child ? tagsFrom(child, further) : [];
  });
  return [...node.tags, ...below];
}
