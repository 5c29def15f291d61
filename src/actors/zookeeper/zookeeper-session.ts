import { PixyError } from '../../errors/pixy-error.js';
import type { SessionChanged } from '../../machines/session-changed.js';
import {
  zooKeeperSessionMachine,
  type ZooKeeperSessionEffects,
  type ZooKeeperSessionEvent,
} from '../../machines/zookeeper-session.js';
import type { SessionEvent } from '../../zookeeper/port.js';
import type { ActorKind, Address, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { controlPlaneRestart } from '../restart.js';
import { SessionLease } from './session-lease.js';

type ZooKeeperSessionShell = Shell<ZooKeeperSessionEvent>;
type Watchers = Set<Address<SessionChanged>>;

/** Groups, and the actor that lists consumers. */
const watchersMax = 10_000;
const connectNoticeMs = 3000;

/** The newest session, its lease and those who are told; outlives a crash only as the list of watchers. */
class SessionBody implements ZooKeeperSessionEffects {
  readonly #shell: ZooKeeperSessionShell;
  readonly #services: ClusterServices;
  readonly watchers: Watchers;
  lease: SessionLease | undefined;
  #wasUp = false;

  constructor(shell: ZooKeeperSessionShell, services: ClusterServices, watchers: Watchers) {
    this.#shell = shell;
    this.#services = services;
    this.watchers = watchers;
  }

  openSession(): void {
    const { zookeeper, config } = this.#services;
    const lease = new SessionLease(this.#shell.clock);
    this.lease = lease;
    lease.session = zookeeper.openSession({
      timeoutMs: config.zookeeper.sessionTimeoutMs,
      onEvent: (event) => this.#take(lease, event),
    });
  }

  #take(lease: SessionLease, event: SessionEvent): void {
    if (lease !== this.lease) return;
    switch (event.type) {
      case 'connected':
        lease.connected(event.timeoutMs);
        this.#shell.self({ type: 'session.connected', timeoutMs: event.timeoutMs });
        break;
      case 'disconnected':
        // Nothing follows from it: trust runs out by the clock, and the client connects again by itself.
        this.#shell.log.debug('connection to ZooKeeper is lost');
        break;
      case 'answered':
        lease.proven(event.sentAtMs);
        this.#shell.self({ type: 'session.answered', ageMs: this.#shell.clock.nowMs() - event.sentAtMs });
        break;
      case 'ended':
        lease.over();
        this.#shell.self({ type: 'session.ended' });
        break;
    }
  }

  closeSession(): void {
    const lease = this.lease;
    if (!lease) return this.#shell.self({ type: 'closed' });
    this.#shell.settle(
      lease.session!.close(),
      () => ({ type: 'closed' }),
      () => ({ type: 'closed' }),
    );
  }

  addWatcher(watcher: string, state: SessionChanged['state']): void {
    const address = watcher as Address<SessionChanged>;
    if (this.watchers.size >= watchersMax && !this.watchers.has(address)) {
      this.#shell.log.error(
        { watcher, watchersMax },
        'too many watchers of the ZooKeeper session, this one is not told',
      );
      return;
    }
    this.watchers.add(address);
    this.#shell.tell(address, { type: 'session.changed', state });
  }

  #tellAll(state: SessionChanged['state']): void {
    for (const watcher of this.watchers) {
      if (this.#shell.holds(watcher)) this.#shell.tell(watcher, { type: 'session.changed', state });
      else this.watchers.delete(watcher);
    }
  }

  tellUp(): void {
    const session = this.lease?.sessionId;
    this.#shell.log.info({ session }, this.#wasUp ? 'ZooKeeper answers again' : 'ZooKeeper session is up');
    this.#wasUp = true;
    this.#tellAll('up');
  }

  tellLapsed(): void {
    this.#shell.log.warn(
      { session: this.lease?.sessionId },
      'ZooKeeper has not answered for two thirds of the session timeout, nothing more is offered until it does',
    );
    this.#tellAll('lapsed');
  }

  tellLost(): void {
    this.#shell.log.warn(
      { session: this.lease?.sessionId },
      'ZooKeeper session is over, every partition that was owned under it is given up; a new session is opened',
    );
    this.#wasUp = false;
    this.#tellAll('lost');
  }

  logSuspect(): void {
    this.#shell.log.warn(
      { session: this.lease?.sessionId },
      'ZooKeeper has not answered for half of the session timeout',
    );
  }

  logOverdue(): void {
    this.#shell.log.warn(
      { session: this.lease?.sessionId },
      'ZooKeeper has not answered for the whole session timeout, nothing is committed until it does',
    );
  }

  logAway(): void {
    this.#shell.log.warn('ZooKeeper does not answer, trying on; consumers wait until it does');
  }

  describe() {
    const { lease } = this;
    return {
      sessionId: lease?.sessionId ?? '',
      timeoutMs: lease?.timeoutMs ?? 0,
      silentMs: lease?.silentMs ?? -1,
      mayOffer: lease?.mayOffer ?? false,
      mayCommit: lease?.mayCommit ?? false,
      watchers: this.watchers.size,
    };
  }
}

/** The ZooKeeper session of a cluster. Lends its `SessionLease` while the session can be trusted. */
export const zooKeeperSessionKind: ActorKind<
  typeof zooKeeperSessionMachine,
  { readonly services: ClusterServices },
  { readonly watchers: Watchers }
> = {
  name: 'zookeeper-session',
  machine: zooKeeperSessionMachine,
  restart: controlPlaneRestart,
  mailboxRequestsMax: 1,
  build(shell, { services }, kept) {
    const body = new SessionBody(shell, services, kept?.watchers ?? new Set());
    return {
      input: { effects: body, retryBackoffMs: services.config.consumer.retryBackoffMs, connectNoticeMs },
      get lends() {
        return body.lease;
      },
      receive(ask) {
        ask.refuse(new PixyError('no-such-actor', { address: shell.address }));
        return undefined;
      },
      describe: () => body.describe(),
      ended(end) {
        const lease = body.lease;
        lease?.over();
        body.lease = undefined;
        if (end.how === 'crashed') {
          // Ending the session frees every claim made under it, so nobody waits for one that has no keeper any more.
          void lease?.session?.close();
          for (const watcher of body.watchers) shell.tell(watcher, { type: 'session.changed', state: 'lost' });
        } else lease?.session?.abandon();
        return { kept: { watchers: body.watchers }, asks: [] };
      },
    };
  },
};
