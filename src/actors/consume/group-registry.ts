import type { GroupReading } from '../../machines/group-member.js';
import { ZooKeeperFailure, type ZooKeeperSession } from '../../zookeeper/port.js';
import type { Clock } from '../../host/host.js';
import type { Loan } from '../bus/types.js';
import type { SessionLease } from '../zookeeper/session-lease.js';
import { groupPaths } from './group-paths.js';
import { memberNodeText, topicsOfMemberNode } from './member-node.js';

export interface RegistryOptions {
  readonly group: string;
  readonly memberId: string;
  /** Of the actor; from the second on there may be nodes of an earlier one. */
  readonly incarnation: number;
}

/** Our member node in one group, and what all members' nodes say together. */
export class GroupRegistry {
  readonly #group: string;
  readonly #memberId: string;
  readonly #sessions: Loan<SessionLease>;
  readonly #clock: Clock;
  readonly #onChanged: () => void;
  /** The session under which our node stands. */
  #registeredUnder: SessionLease | undefined;
  /** The same, or one whose answer to the creation was lost. */
  #mayStandUnder: SessionLease | undefined;
  /** An earlier incarnation ended without a word: owner nodes may stand that nobody keeps. */
  mayHaveLeftClaims: boolean;
  /** What our node says. */
  registered: readonly string[] = [];
  /** Member -> topics, as they were read last. */
  members: ReadonlyMap<string, readonly string[]> = new Map();
  /** One firing is enough: it leads to a full reading. */
  #listening = false;

  constructor(
    { group, memberId, incarnation }: RegistryOptions,
    sessions: Loan<SessionLease>,
    clock: Clock,
    onChanged: () => void,
  ) {
    this.#group = group;
    this.#memberId = memberId;
    this.mayHaveLeftClaims = incarnation > 1;
    this.#sessions = sessions;
    this.#clock = clock;
    this.#onChanged = onChanged;
  }

  #session(): { lease: SessionLease; session: ZooKeeperSession } {
    const lease = this.#sessions.get();
    if (!lease?.session) throw new ZooKeeperFailure('connection-loss', 'there is no ZooKeeper session at present');
    return { lease, session: lease.session };
  }

  /** Updates our node in place, or creates it with its parents. */
  async register(topics: readonly string[]): Promise<void> {
    const { lease, session } = this.#session();
    const path = groupPaths.member(this.#group, this.#memberId);
    const text = memberNodeText(topics, this.#clock.wallMs());
    if (this.#registeredUnder === lease && (await this.#update(session, path, text))) {
      this.registered = topics;
      return;
    }
    // No owner lives yet, so whatever is ours was left.
    await this.#releaseLeftClaims(session);
    this.#mayStandUnder = lease;
    await this.#createOwn(lease, session, path, text);
    this.#registeredUnder = lease;
    this.registered = topics;
  }

  async #update(session: ZooKeeperSession, path: string, text: string): Promise<boolean> {
    try {
      await session.setData(path, text);
      return true;
    } catch (error) {
      if (error instanceof ZooKeeperFailure && error.kind === 'no-node') return false;
      throw error;
    }
  }

  async #createOwn(lease: SessionLease, session: ZooKeeperSession, path: string, text: string): Promise<void> {
    const create = () => session.create(path, text, 'ephemeral');
    try {
      await create().catch(async (error: unknown) => {
        if (!(error instanceof ZooKeeperFailure) || error.kind !== 'no-node') throw error;
        await session.ensurePath(groupPaths.members(this.#group));
        await session.ensurePath(groupPaths.owners(this.#group));
        await create();
      });
    } catch (error) {
      if (!(error instanceof ZooKeeperFailure) || error.kind !== 'node-exists') throw error;
      const stat = await session.exists(path);
      // Ours after all: the answer to an earlier creation was lost. What it says may be older than what we want.
      if (stat?.ephemeralOwner === lease.sessionId) return session.setData(path, text);
      throw new ZooKeeperFailure('node-exists', `another session still holds our member node ${path}`, { path });
    }
  }

  /** Also while the session is not trusted: it may come back, and others would wait for a member that is none. */
  async deregister(): Promise<void> {
    await this.#mayStandUnder?.session?.deleteOwn(groupPaths.member(this.#group, this.#memberId));
    this.forgetRegistration();
  }

  forgetRegistration(): void {
    this.#registeredUnder = undefined;
    this.#mayStandUnder = undefined;
    this.registered = [];
    this.members = new Map();
    this.#listening = false;
  }

  /** Reads who is a member and what each consumes; a change of either is reported once from now on. */
  async readMembers(wanted: readonly string[]): Promise<GroupReading> {
    const { session } = this.#session();
    this.#listening = true;
    const ids = await session.getChildren(groupPaths.members(this.#group), this.#watch);
    const entries = await Promise.all(
      ids.map(async (id) => {
        try {
          const { data } = await session.getData(groupPaths.member(this.#group, id), this.#watch);
          return [id, topicsOfMemberNode(data)] as const;
        } catch (error) {
          // Gone between the two readings: the watch on the children has fired or will.
          if (error instanceof ZooKeeperFailure && error.kind === 'no-node') return undefined;
          throw error;
        }
      }),
    );
    this.members = new Map(entries.filter((entry) => entry !== undefined));
    const own = this.members.get(this.#memberId);
    return { ownIsCurrent: own !== undefined && own.join('/') === [...wanted].sort().join('/') };
  }

  /** One function for all watches of the group, so that reading again does not pile them up. */
  readonly #watch = (): void => {
    if (!this.#listening) return;
    this.#listening = false;
    this.#onChanged();
  };

  async #childrenOf(session: ZooKeeperSession, path: string): Promise<readonly string[]> {
    try {
      return await session.getChildren(path);
    } catch (error) {
      if (error instanceof ZooKeeperFailure && error.kind === 'no-node') return [];
      throw error;
    }
  }

  async #releaseLeftClaims(session: ZooKeeperSession): Promise<void> {
    if (!this.mayHaveLeftClaims) return;
    for (const topic of await this.#childrenOf(session, groupPaths.owners(this.#group))) {
      const path = groupPaths.ownersOfTopic(this.#group, topic);
      for (const partition of await this.#childrenOf(session, path)) await session.deleteOwn(`${path}/${partition}`);
    }
    this.mayHaveLeftClaims = false;
  }

  /**
   * Deletes the nodes of a group that nobody is in any more, from the leaves up. Plain deletions of empty nodes: whoever
   * joins meanwhile keeps what it made, and makes anew what is missing.
   */
  async cleanUp(): Promise<void> {
    const { session } = this.#session();
    if (this.mayHaveLeftClaims) await session.deleteOwn(groupPaths.member(this.#group, this.#memberId));
    await this.#releaseLeftClaims(session);
    if ((await this.#childrenOf(session, groupPaths.members(this.#group))).length > 0) return;
    for (const topic of await this.#childrenOf(session, groupPaths.owners(this.#group))) {
      await session.deleteEmpty(groupPaths.ownersOfTopic(this.#group, topic));
    }
    for (const path of [groupPaths.owners, groupPaths.members, groupPaths.group]) {
      if ((await session.deleteEmpty(path(this.#group))) === 'not-empty') return;
    }
  }
}
