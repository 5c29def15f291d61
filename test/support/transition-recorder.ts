/**
 * Notes every transition that a machine takes in a test, without the product knowing: it reads what XState tells any
 * inspector. Counts go to a folder, one file for each test file, for the gate to add up (scripts/check/transition-gate.ts).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as XState from 'xstate';
import type { TransitionCounts } from '../../scripts/check/transition-gate.js';
import { transitionIndex } from '../../src/machines/transitions.js';

type Microstep = XState.InspectionEvent & { type: '@xstate.microstep' };

export class TransitionRecorder {
  counts: TransitionCounts = {};
  readonly #indexes = new WeakMap<XState.AnyStateMachine, ReturnType<typeof transitionIndex>>();

  /** Reads an inspection event of XState; all but microsteps of machines pass by. */
  inspect = (event: XState.InspectionEvent): void => {
    if (event.type !== '@xstate.microstep') return;
    for (const taken of (event as Microstep)._transitions) this.#take(taken.source.machine, taken);
  };

  /** Writes the counts as a file of its own name into `folder`, and begins anew. */
  writeTo(folder: string): void {
    if (Object.keys(this.counts).length === 0) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${process.pid}-${process.hrtime.bigint()}.json`), JSON.stringify(this.counts));
    this.counts = {};
  }

  #take(machine: XState.AnyStateMachine, taken: XState.AnyTransitionDefinition): void {
    let index = this.#indexes.get(machine);
    if (!index) this.#indexes.set(machine, (index = transitionIndex(machine)));
    const id = index.get(taken)?.id;
    if (id === undefined) throw new Error(`a transition of ${machine.id} is not in its list: ${taken.eventType}`);
    const counts = (this.counts[machine.id] ??= {});
    counts[id] = (counts[id] ?? 0) + 1;
  }
}

/**
 * The one of this process. Test files may share the modules of a process, XState as this recorder looks on it among them,
 * while the setup file runs for each of them.
 */
export const recorder = new TransitionRecorder();

type XStateModule = typeof XState;

/** XState as it is, but that the recorder looks on wherever an actor is made or a step is computed. */
export function recordingXState(actual: XStateModule, recorder: TransitionRecorder): XStateModule {
  const createActor = (logic: XState.AnyActorLogic, options?: XState.ActorOptions<XState.AnyActorLogic>) => {
    const asked = options?.inspect;
    const tell = typeof asked === 'function' ? asked : (event: XState.InspectionEvent) => asked?.next?.(event);
    const inspect = (event: XState.InspectionEvent): void => {
      recorder.inspect(event);
      tell(event);
    };
    return actual.createActor(logic, { ...options, inspect });
  };
  return {
    ...actual,
    createActor: createActor as XStateModule['createActor'],
    transition: ((logic, snapshot, event) =>
      actual.transition(watched(logic, recorder), snapshot, event)) as XStateModule['transition'],
    initialTransition: ((logic: XState.AnyActorLogic, input: unknown) =>
      actual.initialTransition(watched(logic, recorder), input)) as XStateModule['initialTransition'],
    getInitialSnapshot: ((logic: XState.AnyActorLogic, input: unknown) =>
      actual.getInitialSnapshot(watched(logic, recorder), input)) as XStateModule['getInitialSnapshot'],
    getNextSnapshot: ((logic, snapshot, event) =>
      actual.getNextSnapshot(watched(logic, recorder), snapshot, event)) as XStateModule['getNextSnapshot'],
  };
}

/** Pure steps run in a scope whose inspector is deaf; this logic puts the recorder in its place. */
function watched<L extends XState.AnyActorLogic>(logic: L, recorder: TransitionRecorder): L {
  type Scope = Parameters<L['transition']>[2];
  const listening = (scope: Scope): Scope => ({
    ...scope,
    system: Object.assign(Object.create(scope.system as object), {
      _sendInspectionEvent: (event: XState.InspectionEvent) => recorder.inspect(event),
    }) as Scope['system'],
  });
  return Object.assign(Object.create(logic) as L, {
    transition: ((snapshot, event, scope) => logic.transition(snapshot, event, listening(scope))) as L['transition'],
    getInitialSnapshot: ((scope: Scope, input: unknown) =>
      logic.getInitialSnapshot(listening(scope), input as never)) as L['getInitialSnapshot'],
  });
}
