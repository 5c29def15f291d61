import { expect } from 'vitest';
import {
  ZooKeeperFailure,
  type SessionEvent,
  type Watch,
  type ZooKeeper,
  type ZooKeeperFailureKind,
  type ZooKeeperSession,
} from '../../../src/zookeeper/port.js';

/** What a filling is tested in. Each test gets a world of its own. */
export interface ZooKeeperWorld {
  /** A client whose chroot is fresh: it does not exist yet. */
  readonly zookeeper: ZooKeeper;
  /** Another client of the same chroot. */
  readonly second: ZooKeeper;
  /** A client of a server that is not there. */
  readonly unreachable: ZooKeeper;
  /** Makes the server end that session now, as if it had timed out. */
  expire(sessionId: string): Promise<void>;
  /** Breaks the connections of `zookeeper` (of others too, if that is simpler) and refuses new ones until `reconnect`. */
  disconnect(): Promise<void>;
  reconnect(): Promise<void>;
  /** The monotonic clock that was handed to `zookeeper`. */
  nowMs(): number;
  /** Lets time pass until the condition holds; fails, naming `what`, after a generous deadline. */
  waitFor(condition: () => boolean, what: string): Promise<void>;
  /** How late a timer may be in this world: 0 on a virtual clock. */
  readonly timerSlackMs: number;
  close(): Promise<void>;
}

type Recorded = SessionEvent & { readonly atMs: number };

export interface Opened {
  readonly session: ZooKeeperSession;
  readonly events: Recorded[];
  of<T extends SessionEvent['type']>(type: T): Extract<Recorded, { type: T }>[];
}

/** What the tests of one world share. */
export class Bench {
  readonly world: ZooKeeperWorld;
  readonly #opened: Opened[] = [];
  constructor(world: ZooKeeperWorld) {
    this.world = world;
  }

  /** Opens a session without waiting for anything. */
  start(zookeeper: ZooKeeper, timeoutMs = 2_000): Opened {
    const events: Recorded[] = [];
    const session = zookeeper.openSession({
      timeoutMs,
      onEvent: (event) => void events.push({ ...event, atMs: this.world.nowMs() }),
    });
    const opened: Opened = {
      session,
      events,
      of: <T extends SessionEvent['type']>(type: T) =>
        events.filter((event) => event.type === type) as Extract<Recorded, { type: T }>[],
    };
    this.#opened.push(opened);
    return opened;
  }

  async open(zookeeper: ZooKeeper, timeoutMs?: number): Promise<Opened> {
    const opened = this.start(zookeeper, timeoutMs);
    await this.world.waitFor(() => opened.of('connected').length > 0, 'the session connects');
    return opened;
  }

  /** Awaits a promise while the world's time runs. */
  async done<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settle = (): void => void (settled = true);
    promise.then(settle, settle);
    await this.world.waitFor(() => settled, 'the operation has an outcome');
    return promise;
  }

  async fails(promise: Promise<unknown>, kind: ZooKeeperFailureKind): Promise<ZooKeeperFailure> {
    const outcome = await this.done(
      promise.then(
        () => 'it succeeded',
        (error: unknown) => error,
      ),
    );
    expect(outcome).toBeInstanceOf(ZooKeeperFailure);
    const failure = outcome as ZooKeeperFailure;
    expect(failure.kind).toBe(kind);
    expect(failure.message).not.toBe('');
    return failure;
  }

  /** Changes the node's data and waits until a watch that was set before by `by` has seen it. What was sent to that session earlier has then arrived too. */
  async barrier(by: ZooKeeperSession, writer: ZooKeeperSession, path: string): Promise<void> {
    const seen = recorder();
    await this.done(by.getData(path, seen.watch));
    await this.done(writer.setData(path, 'barrier'));
    await this.world.waitFor(() => seen.events.length > 0, 'the barrier is seen');
  }

  async dispose(): Promise<void> {
    await this.done(Promise.all(this.#opened.map(({ session }) => session.close())));
    await this.world.close();
  }
}

export function recorder(): { readonly events: Parameters<Watch>[0][]; readonly watch: Watch } {
  const events: Parameters<Watch>[0][] = [];
  return { events, watch: (event) => void events.push({ type: event.type, path: event.path }) };
}
