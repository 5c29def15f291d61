import type { AnyStateMachine } from 'xstate';
import { displayAddress } from '../actors/bus/address.js';
import type { ActorLook, Bus, BusEvent } from '../actors/bus/types.js';
import { detailOf, showable } from './detail.js';
import type { Json } from './protocol.js';

/**
 * The frames of `@statelyai/inspect`, as its WebSocket inspector sends them: one JSON text each. Each of our actors is a
 * system of its own for XState; here they are one, with the daemon at its root, and addresses for session ids.
 */

/** Of the package whose frames these are. */
export const statelyVersion = '0.7.2';

/** Whose frame it is, and when. */
export interface FramePlace {
  readonly sessionId: string;
  /** The daemon's. */
  readonly rootId: string;
  /** Milliseconds since the Unix epoch. */
  readonly wallMs: number;
}

/** XState's snapshot of a machine, as JSON. */
export interface StatelySnapshot {
  readonly status: 'active' | 'done' | 'stopped' | 'error';
  readonly value: Json;
  readonly context: Json;
  readonly tags: readonly string[];
  readonly error?: string;
  readonly children: Record<string, never>;
  readonly historyValue: Record<string, never>;
}

/** Of the empty address, which is the daemon's: a session needs a name. No address ends in a colon. */
export const rootIdOf = (bus: Bus): string => (bus.name === '' ? 'kafka-pixy:' : displayAddress(bus.name, ''));

/** `displayed`: an address with the daemon's name. */
export const sessionIdOf = (bus: Bus, displayed: string): string =>
  displayed === displayAddress(bus.name, '') ? rootIdOf(bus) : displayed;

export function actorFrame(
  place: FramePlace,
  actor: { readonly parentId: string | undefined; readonly definition: string; readonly snapshot: StatelySnapshot },
): string {
  const { parentId, definition, snapshot } = actor;
  const name = place.sessionId.replace(/:$/, '');
  return frame('@xstate.actor', place, { name, definition, parentId, snapshot });
}

export function eventFrame(place: FramePlace, event: BusEvent, sourceId: string | undefined): string {
  const { detail } = detailOf(event);
  return frame('@xstate.event', place, { event: { ...(detail as object), type: event.type }, sourceId });
}

/** `by`: type of the event that led to it. */
export function snapshotFrame(place: FramePlace, by: string, snapshot: StatelySnapshot): string {
  return frame('@xstate.snapshot', place, { event: { type: by }, snapshot });
}

export function snapshotOf({ info, context }: ActorLook): StatelySnapshot {
  const { value, tags } = info;
  return snapshot('active', {
    value: showable(value, 0, false) ?? null,
    context: showable(context, 0, false) ?? {},
    tags,
  });
}

/** Of one that ended: its context is gone with it. */
export function lastSnapshot(status: 'done' | 'stopped' | 'error', value: Json, error?: string): StatelySnapshot {
  return snapshot(status, { value, context: {}, tags: [], ...(error !== undefined && { error }) });
}

const snapshot = (
  status: StatelySnapshot['status'],
  rest: Pick<StatelySnapshot, 'value' | 'context' | 'tags' | 'error'>,
): StatelySnapshot => ({ status, ...rest, children: {}, historyValue: {} });

/** Of each machine; made when one of its actors is shown for the first time. */
const definitions = new WeakMap<AnyStateMachine, string>();

/** What a machine was made of, as JSON; functions are `{ type: name }`. */
export function definitionOf(machine: AnyStateMachine): string {
  const known = definitions.get(machine);
  if (known !== undefined) return known;
  const definition = JSON.stringify(machine.config, (_key, value: unknown) =>
    typeof value === 'function' ? { type: value.name } : value,
  );
  definitions.set(machine, definition);
  return definition;
}

function frame(type: string, { sessionId, rootId, wallMs }: FramePlace, rest: object): string {
  return JSON.stringify({
    type,
    ...rest,
    _version: statelyVersion,
    createdAt: String(Math.floor(wallMs)),
    id: null,
    rootId,
    sessionId,
  });
}
