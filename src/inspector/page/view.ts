import type { ViewerFrame } from '../protocol.js';
import type { World } from './model/world.js';

/** The page's sections, in the order of their keys 1, 2, … */
export const viewNames = ['rebalance', 'actors', 'sequence', 'topics'] as const;
export type ViewName = (typeof viewNames)[number];

/** What a view can have done. */
export interface PageActions {
  /** Chooses an actor; the actors view shows it. */
  select(address: string): void;
  open(view: ViewName): void;
  /** Chooses a group, by `cluster/group`; the location keeps it. */
  chooseGroup(group: string | undefined): void;
  /** To the inspector; dropped while a recording is played. */
  send(frame: ViewerFrame): void;
}

/** What the inspector answered beside the records. */
export interface Answers {
  /** By cluster: the groups that ZooKeeper knows, once `list-groups` was answered. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** By `cluster/group`: why the group that is watched cannot be read. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/**
 * What each view is drawn from. `world` is one object that changes in place, and another one while a recording is played: a
 * view is drawn again, at most once a frame and ten times a second, when `version` has changed.
 */
export interface ViewProps {
  readonly world: World;
  readonly version: number;
  readonly isLive: boolean;
  /** Address of the chosen actor. */
  readonly selected: string | undefined;
  /** The chosen group, by `cluster/group`. */
  readonly group: string | undefined;
  readonly answers: Answers;
  readonly actions: PageActions;
}
