import type { Host } from '../host/host.js';
import type { FetchRequest, FetchResult, ProduceRequest, ProduceResult } from '../kafka/port.js';
import type { KafkaCluster } from './kafka-cluster.js';
import type { Broker } from './kafka-controller.js';

/** Where a request waits that cannot be answered yet; what Kafka calls its purgatory. */
export interface AtBroker {
  readonly broker: Broker;
  readonly cluster: KafkaCluster;
  /** That of the brokers. */
  readonly host: Host;
}

interface Wait {
  readonly partitions: FetchRequest['partitions'] | ProduceRequest['partitions'];
  readonly maxWaitMs: number;
  /** Called after changes of these partitions. */
  look(): void;
  /** Called when the longest wait is over. */
  giveUp(): void;
}

/** One look for all that changes in a turn. Returns how the wait is forgotten; whoever has the answer does that too. */
function wait({ broker, cluster, host }: AtBroker, { partitions, maxWaitMs, look, giveUp }: Wait): () => void {
  let looking = false;
  const lookNow = (): void => {
    looking = false;
    look();
  };
  const unwatch = cluster.watch(partitions, () => {
    if (!looking) host.turns.afterIo(() => broker.work.pass(lookNow));
    looking = true;
  });
  const timer = host.clock.setTimeout(() => broker.work.pass(giveUp), maxWaitMs);
  return () => {
    unwatch();
    host.clock.clearTimeout(timer);
  };
}

/** A fetch at the broker: answers now, or after a change or the longest wait. */
export function serveFetch(
  at: AtBroker,
  request: FetchRequest,
  reply: (results: readonly FetchResult[]) => void,
): void | (() => void) {
  const { cluster, broker } = at;
  const { partitions, maxWaitMs } = request;
  const giveUp = (): void => reply(cluster.fetch(broker.id, request));
  const look = (): boolean => {
    const isReady = cluster.fetchIsReady(broker.id, request);
    if (isReady) giveUp();
    return isReady;
  };
  if (maxWaitMs <= 0) giveUp();
  else if (!look()) return wait(at, { partitions, maxWaitMs, look, giveUp });
}

/** A produce at the broker: answers when all in-sync replicas have what was written, where that is asked for. */
export function serveProduce(
  at: AtBroker,
  { partitions, requiredAcks, timeoutMs }: ProduceRequest,
  reply: (results: readonly ProduceResult[]) => void,
): void | (() => void) {
  const { cluster, broker } = at;
  const results = partitions.map((batch) => cluster.append(broker.id, batch, requiredAcks));
  if (requiredAcks !== -1) return reply(results);
  const unreplicated = new Set([...results.keys()].filter((index) => results[index]!.error === null));
  const look = (): boolean => {
    for (const index of unreplicated) {
      const result = results[index]!;
      const endOffset = result.baseOffset + partitions[index]!.records.length;
      const error = cluster.replicated(broker.id, result, endOffset);
      if (error === undefined) continue;
      unreplicated.delete(index);
      if (error !== null) results[index] = { ...result, error, baseOffset: -1 };
    }
    if (unreplicated.size === 0) reply(results);
    return unreplicated.size === 0;
  };
  const giveUp = (): void => {
    for (const index of unreplicated)
      results[index] = { ...results[index]!, error: 'REQUEST_TIMED_OUT', baseOffset: -1 };
    reply(results);
  };
  if (!look()) return wait(at, { partitions, maxWaitMs: timeoutMs, look, giveUp });
}
