import type { Clock, Random } from '../../host/host.js';
import type { OwnWorkload } from '../script/script.js';
import { ChaosError } from '../world/chaos-error.js';
import type { ChaosDaemon } from '../world/world.js';
import { Consumer } from './consumer.js';
import type { ClientSurroundings } from './daemon-client.js';
import { openHttpConnection, type HttpConnection } from './http-connection.js';
import { checkRunId } from './message.js';
import { Producers } from './producers.js';
import { Records } from './records.js';
import type { Workload } from './workload.js';

/** Each client that consumes polls all the time, by a connection of its own; those that post have one to each daemon. */
const connectionsMax = 4000;

export interface WorkloadOptions {
  readonly load: OwnWorkload;
  readonly daemons: readonly ChaosDaemon[];
  /** By which messages of this run are told from others: 1 to 40 of A-Z a-z 0-9 _ -. */
  readonly runId: string;
  readonly random: Random;
  /** For timers. */
  readonly clock: Clock;
  /** Milliseconds from the beginning of the load. */
  readonly nowMs: () => number;
  /** Whether a daemon, by its name, or the link to it, was struck at any time between: then requests to it may hang. */
  readonly wasStruck: (daemon: string, fromMs: number, toMs: number) => boolean;
  /** HTTP, where it is not given. */
  readonly connect?: (address: string) => HttpConnection;
}

/** The clients that a script asks for. @throws ChaosError: they are too many */
export function createWorkload(options: WorkloadOptions): Workload {
  const { load, daemons, runId, random, clock, nowMs, wasStruck } = options;
  checkRunId(runId);
  checkConnections(load, daemons);
  const connect = options.connect ?? ((address) => openHttpConnection(address, clock));
  const records = new Records();
  const surroundings: ClientSurroundings = { clock, random, nowMs, connect, records, runId, wasStruck };
  const producers = producersOf(load, daemons, surroundings);
  const consumers = consumersOf(load, daemons, surroundings);
  const stopPosting = async (): Promise<void> => {
    for (const consumer of consumers) consumer.beFaithful();
    await Promise.all(producers.map((each) => each.stopPosting()));
  };
  return {
    seen: records,
    get isComplete() {
      return !records.overflowed;
    },
    start() {
      for (const consumer of consumers) consumer.start();
      for (const each of producers) each.start();
    },
    stopPosting,
    hasSeen: (entries) => records.wereGiven(load.consume, entries),
    async stopConsuming() {
      await Promise.all(consumers.map((consumer) => consumer.finish()));
    },
    async stop() {
      for (const each of producers) each.close();
      await Promise.all([stopPosting(), ...consumers.map((consumer) => consumer.stop())]);
    },
  };
}

const ofKind = (daemons: readonly ChaosDaemon[], kind: string | undefined): ChaosDaemon[] =>
  daemons.filter((daemon) => kind === undefined || daemon.kind.name === kind);

function producersOf(
  load: OwnWorkload,
  daemons: readonly ChaosDaemon[],
  surroundings: ClientSurroundings,
): readonly Producers[] {
  return load.produce.map((each, index) => {
    const name = `producer ${index + 1}`;
    return new Producers({ load: each, name, daemons: ofKind(daemons, each.daemons), surroundings });
  });
}

function consumersOf(
  load: OwnWorkload,
  daemons: readonly ChaosDaemon[],
  surroundings: ClientSurroundings,
): readonly Consumer[] {
  return load.consume.flatMap((each) =>
    ofKind(daemons, each.daemons).flatMap((daemon) =>
      each.topics.flatMap((topic) =>
        Array.from({ length: each.clients }, (_, index) => {
          const name = `${each.group} ${topic} ${daemon.name}.${index + 1}`;
          return new Consumer({ name, load: each, topic, daemon, surroundings });
        }),
      ),
    ),
  );
}

function checkConnections({ produce, consume }: OwnWorkload, daemons: readonly ChaosDaemon[]): void {
  const posting = produce.reduce((sum, load) => sum + load.clients * ofKind(daemons, load.daemons).length, 0);
  const consuming = consume.reduce(
    (sum, load) =>
      sum + load.clients * load.topics.length * ofKind(daemons, load.daemons).length * (load.ack === 'later' ? 2 : 1),
    0,
  );
  if (posting + consuming > connectionsMax)
    throw new ChaosError(
      `The clients of this script would need ${posting + consuming} connections, and at most ${connectionsMax} are possible. Have fewer clients, or fewer topics in a group.`,
    );
}
