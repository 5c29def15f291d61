import { handoverDeskMachine, type HandoverDeskEffects, type HandoverDeskEvent } from '../../machines/handover-desk.js';
import { PixyError } from '../../errors/pixy-error.js';
import { ZooKeeperFailure, type ZooKeeperSession } from '../../zookeeper/port.js';
import { addressOf } from '../addresses.js';
import type { ActorKind, Loan, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import type { SetPositionRequest } from '../requests.js';
import { controlPlaneRestart } from '../restart.js';
import type { SessionLease } from '../zookeeper/session-lease.js';
import { watchSession } from '../zookeeper/watch-session.js';
import { answerText, handoverPaths, readRequest, type HandoverAnswer, type HandoverRequest } from './handover.js';

/** Requests of other daemons that are answered at a time. */
const answersMax = 100;
/** The longest that one is worked on, whatever it asks for. */
const answerTimeoutMaxMs = 60_000;
const retryBackoffMs = 1000;

class HandoverDeskBody implements HandoverDeskEffects {
  readonly #shell: Shell<HandoverDeskEvent>;
  readonly #services: ClusterServices;
  readonly #sessions: Loan<SessionLease>;
  /** Requests that are being answered, or were and still lie there. */
  #known = new Set<string>();
  #underWay = 0;
  #answered = 0;
  #announcedUnder: ZooKeeperSession | undefined;
  #wasAway = false;
  /** What came while ZooKeeper was silent is left alone: who asked has given it up. */
  #mayBeOutdated = false;
  #listening = false;
  #failing: string | undefined;

  constructor(shell: Shell<HandoverDeskEvent>, services: ClusterServices) {
    this.#shell = shell;
    this.#services = services;
    this.#sessions = shell.borrow<SessionLease>(addressOf.zookeeper(services.cluster));
  }

  watchSession(): void {
    watchSession(this.#shell, this.#services.cluster);
  }

  #session(): ZooKeeperSession {
    const session = this.#sessions.get()?.session;
    if (!session) throw new ZooKeeperFailure('connection-loss', 'there is no ZooKeeper session at present');
    return session;
  }

  noteAway(): void {
    this.#wasAway = true;
  }

  async announce(): Promise<void> {
    const session = this.#session();
    this.#mayBeOutdated = this.#wasAway && this.#announcedUnder === session;
    await session.ensurePath(handoverPaths.requests);
    await session.ensurePath(handoverPaths.daemons);
    await session
      .create(handoverPaths.daemon(session.sessionId), this.#services.memberId, 'ephemeral')
      .catch((error: unknown) => {
        // An earlier try, or an earlier incarnation, of this very session: the path names it.
        if (!(error instanceof ZooKeeperFailure) || error.kind !== 'node-exists') throw error;
      });
    this.#announcedUnder = session;
    this.#wasAway = false;
  }

  async readRequests(): Promise<void> {
    const session = this.#session();
    this.#listening = true;
    const all = await session.getChildren(handoverPaths.requests, this.#watch);
    this.#failing = undefined;
    const ours = all.filter((name) => handoverPaths.isFor(name, session.sessionId));
    this.#known = new Set(ours.filter((name) => this.#known.has(name) || this.#mayBeOutdated));
    this.#mayBeOutdated = false;
    for (const name of ours) {
      if (this.#known.has(name)) continue;
      // What is left over is read when one of these is answered.
      if (this.#underWay >= answersMax) return;
      this.#known.add(name);
      void this.#serve(session, name);
    }
  }

  /** One function for all watches, so that reading again does not pile them up. */
  readonly #watch = (): void => {
    if (!this.#listening) return;
    this.#listening = false;
    this.#shell.self({ type: 'requests.changed' });
  };

  async #serve(session: ZooKeeperSession, name: string): Promise<void> {
    const path = handoverPaths.request(name);
    const wasFull = ++this.#underWay >= answersMax;
    try {
      const request = readRequest(await this.#read(session, name));
      if (!request) return;
      await session.setData(path, answerText(await this.#setAll(request)));
      this.#answered++;
    } catch (error) {
      // The asker has given up and taken its request back, or its session is over: it does without our answer.
      const reason = error instanceof Error ? error.message : String(error);
      this.#shell.log.info(
        { reason, path },
        'positions that another daemon was asked to set: it does not wait any more',
      );
    } finally {
      this.#underWay--;
      if (wasFull) this.#shell.self({ type: 'requests.changed' });
    }
  }

  /** One that could not be read is looked at again; one that was is answered once. */
  async #read(session: ZooKeeperSession, name: string): Promise<string> {
    try {
      return (await session.getData(handoverPaths.request(name))).data;
    } catch (error) {
      this.#known.delete(name);
      this.#shell.clock.setTimeout(() => this.#shell.self({ type: 'requests.changed' }), retryBackoffMs);
      throw error;
    }
  }

  async #setAll({ group, topic, positions, waitMs }: HandoverRequest): Promise<HandoverAnswer> {
    const set: number[] = [];
    const unset: Record<number, string> = {};
    const deadlineMs = Math.min(waitMs, answerTimeoutMaxMs);
    await Promise.all(
      positions.map(async ({ partition, offset, metadata }) => {
        const to = addressOf.partitionOwner(this.#services.cluster, group, topic, partition);
        const request: SetPositionRequest = { type: 'position.set', offset, metadata };
        const outcome = await this.#shell.ask<null>(to, request, { deadlineMs });
        if (outcome.kind === 'reply') set.push(partition);
        else unset[partition] = outcome.kind === 'refused' ? outcome.error.message : outcome.kind;
      }),
    );
    this.#shell.log.info({ group, topic, set, unset }, 'positions set as another daemon was asked to');
    return { set };
  }

  logFailure(step: 'announce' | 'read', error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#failing === reason) return;
    this.#failing = reason;
    this.#shell.log.warn(
      { reason, step },
      'other daemons cannot hand over positions to this one, trying on: offsets set there may be overwritten here',
    );
  }

  describe() {
    return { underWay: this.#underWay, answered: this.#answered };
  }
}

/** Sets positions of partitions that this daemon owns and another one was asked for. */
export const handoverDeskKind: ActorKind<typeof handoverDeskMachine, { readonly services: ClusterServices }> = {
  name: 'handover-desk',
  machine: handoverDeskMachine,
  restart: controlPlaneRestart,
  mailboxRequestsMax: 1,
  build(shell, { services }) {
    const body = new HandoverDeskBody(shell, services);
    return {
      input: { effects: body, retryBackoffMs },
      receive(ask) {
        ask.refuse(new PixyError('no-such-actor', { address: shell.address }));
        return undefined;
      },
      describe: () => body.describe(),
    };
  },
};
