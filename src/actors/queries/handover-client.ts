import type { Shell } from '../bus/types.js';
import type { QueryDeskEvent } from '../../machines/query-desk.js';
import { ZooKeeperFailure, type ZooKeeperSession } from '../../zookeeper/port.js';
import { groupPaths } from '../consume/group-paths.js';
import { handoverPaths, readAnswer, requestText, type HandoverRequest } from './handover.js';
import { pause } from './query-desk.js';

const takeBackRetryMs = 1000;
const takeBackTriesMax = 600;

/** Asks other daemons of ours to set positions. */
export class HandoverClient {
  readonly #shell: Shell<QueryDeskEvent>;
  readonly #waiting = new Set<() => void>();
  #asked = 0;

  constructor(shell: Shell<QueryDeskEvent>) {
    this.#shell = shell;
  }

  /**
   * Answers the partitions that are set. None when the owner did not answer within `waitMs`, or cannot any more: it is
   * gone, or holds none of these claims. Takes the request back in any case.
   */
  async ask(session: ZooKeeperSession, owner: string, request: HandoverRequest): Promise<readonly number[]> {
    const number = `${this.#shell.incarnation}.${++this.#asked}`;
    const path = handoverPaths.request(handoverPaths.requestName(owner, session.sessionId, number));
    const { clock } = this.#shell;
    const untilMs = clock.nowMs() + request.waitMs;
    // Waited for before it is looked, so that nothing is missed in between.
    let change = this.#nextChange(request.waitMs);
    try {
      await session.create(path, requestText(request), 'ephemeral');
      for (;;) {
        change.cancel();
        change = this.#nextChange(untilMs - clock.nowMs());
        const answer = readAnswer((await session.getData(path, this.#watch)).data);
        if (answer) return answer.set;
        if (clock.nowMs() >= untilMs || !(await this.#mayAnswer(session, owner, request))) return [];
        await change.came;
      }
    } finally {
      change.cancel();
      void this.#takeBack(session, path);
    }
  }

  /** Nobody may find it later, when it is not wanted any more. It goes with our session at the latest. */
  async #takeBack(session: ZooKeeperSession, path: string): Promise<void> {
    for (let tries = 1; tries <= takeBackTriesMax; tries++) {
      try {
        await session.deleteOwn(path);
        return;
      } catch (error) {
        if (error instanceof ZooKeeperFailure && error.kind === 'session-ended') return;
        await pause(this.#shell, takeBackRetryMs);
      }
    }
  }

  async #mayAnswer(session: ZooKeeperSession, owner: string, request: HandoverRequest): Promise<boolean> {
    if (!(await session.exists(handoverPaths.daemon(owner), this.#watch))) return false;
    for (const { partition } of request.positions) {
      const stat = await session.exists(groupPaths.owner(request.group, request.topic, partition), this.#watch);
      if (stat?.ephemeralOwner === owner) return true;
    }
    return false;
  }

  /** Comes when anything changed that somebody here waits for, or after a while. */
  #nextChange(delayMs: number): { readonly came: Promise<void>; cancel(): void } {
    const { clock } = this.#shell;
    let cancel = () => {};
    const came = new Promise<void>((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        clock.clearTimeout(timer);
        resolve();
      };
      const timer = clock.setTimeout(wake, Math.max(0, delayMs));
      this.#waiting.add(wake);
      cancel = wake;
    });
    return { came, cancel };
  }

  /** One function for all watches, so that asking again does not pile them up. */
  readonly #watch = (): void => {
    for (const wake of [...this.#waiting]) wake();
  };
}
