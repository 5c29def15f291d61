import type { AnyActorRef, InspectionEvent } from 'xstate';

/** The part of XState's system that tells of what it does; not in its types, and held to this by the tests of watching. */
interface TellingSystem {
  _sendInspectionEvent(event: InspectionEvent): void;
}

/**
 * Calls `observe` with what XState tells of an actor and of those that it invoked, until the returned function is called. In
 * place of `system.inspect`, which makes a copy of each such event for its observers: of the four or more of a step, the copies
 * cost as much as the step itself.
 */
export function observeSystem({ system }: AnyActorRef, observe: (event: InspectionEvent) => void): () => void {
  const telling = system as unknown as TellingSystem;
  const tell = telling._sendInspectionEvent;
  telling._sendInspectionEvent = (event) => {
    observe(event);
    tell(event);
  };
  return () => {
    telling._sendInspectionEvent = tell;
  };
}
