import { PixyError } from '../../errors/pixy-error.js';
import { KafkaFailure, type BrokerErrorName, type BrokerId, type TopicMetadata } from '../../kafka/port.js';
import { decodeSparseAcks, readableSparseAcks } from '../../machines/sparse-acks.js';
import { accessDenied } from '../access-denied.js';
import { addressOf } from '../addresses.js';
import type { Ask, Loan, Shell } from '../bus/types.js';
import type { QueryDeskEvent } from '../../machines/query-desk.js';
import type { ClusterServices } from '../cluster-services.js';
import { coordinatorErrors } from '../consume/group-coordinator.js';
import type { GetOffsetsRequest, PartitionOffsets, SetOffsetsReply, SetOffsetsRequest } from '../requests.js';
import type { SessionLease } from '../zookeeper/session-lease.js';
import type { PositionToSet } from './handover.js';
import { HandoverClient } from './handover-client.js';
import { pause, queryDeskKind } from './query-desk.js';
import { SetOffsets } from './set-offsets.js';

const retryBackoffMs = 250;
const triesMax = 20;

/** Errors that pass: the same question is asked again, for as long as the asker waits. */
const passing: ReadonlySet<string> = new Set<BrokerErrorName>([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'REPLICA_NOT_AVAILABLE',
  'REQUEST_TIMED_OUT',
  ...(coordinatorErrors as ReadonlySet<BrokerErrorName>),
]);

class OffsetsFailure extends Error {
  readonly brokerError: BrokerErrorName | undefined;
  constructor(what: string, brokerError?: BrokerErrorName, cause?: unknown) {
    super(brokerError ? `${what}: ${brokerError}` : what, { cause });
    this.name = 'OffsetsFailure';
    this.brokerError = brokerError;
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof OffsetsFailure) return error.brokerError !== undefined && passing.has(error.brokerError);
  if (!(error instanceof KafkaFailure)) return false;
  return error.brokerError === undefined || passing.has(error.brokerError);
}

class OffsetsDesk {
  readonly #services: ClusterServices;
  readonly #shell: Shell<QueryDeskEvent>;
  readonly #sessions: Loan<SessionLease>;
  readonly #handovers: HandoverClient;

  constructor(services: ClusterServices, shell: Shell<QueryDeskEvent>) {
    this.#services = services;
    this.#shell = shell;
    this.#sessions = shell.borrow<SessionLease>(addressOf.zookeeper(services.cluster));
    this.#handovers = new HandoverClient(shell);
  }

  async answer(ask: Ask): Promise<unknown> {
    const request = ask.request as GetOffsetsRequest | SetOffsetsRequest;
    const work = request.type === 'offsets.get' ? () => this.#get(request) : this.#setting(ask, request);
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof PixyError) throw error;
        const denied = accessDenied(error);
        if (denied) throw denied;
        if (!ask.open || tries >= triesMax || !mayPass(error)) {
          const reason = error instanceof Error ? error.message : String(error);
          throw new PixyError('offsets-failed', { reason }, { cause: error });
        }
        await pause(this.#shell, retryBackoffMs);
      }
    }
  }

  #setting(ask: Ask, request: SetOffsetsRequest): () => Promise<SetOffsetsReply> {
    const setting = new SetOffsets(
      {
        services: this.#services,
        shell: this.#shell,
        sessions: this.#sessions,
        handovers: this.#handovers,
        commit: (positions) => this.#commit(request, positions),
      },
      ask,
    );
    return () => setting.run();
  }

  async #get({ group, topic }: GetOffsetsRequest): Promise<readonly PartitionOffsets[]> {
    const { signal } = this.#shell;
    const { kafka } = this.#services;
    const { topics } = await kafka.metadata([topic], signal);
    const known = topics.find((entry) => entry.topic === topic);
    if (!known || known.error === 'UNKNOWN_TOPIC_OR_PARTITION' || known.error === 'INVALID_TOPIC')
      throw new PixyError('unknown-topic', {});
    if (known.error !== null) throw new OffsetsFailure('failed to get partitions', known.error);
    const at = known.partitions.map(({ partition }) => ({ topic, partition }));
    const [begins, ends, committed] = await Promise.all([
      this.#listOffsets(known, 'earliest'),
      this.#listOffsets(known, 'latest'),
      this.#coordinator(group).then((broker) => kafka.fetchOffsets(broker, group, at, signal)),
    ]);
    return at.map(({ partition }) => {
      const stored = committed.find((entry) => entry.partition === partition);
      if (!stored) throw new OffsetsFailure(`failed to fetch offsets: no answer for partition ${partition}`);
      if (stored.error !== null) throw new OffsetsFailure('failed to fetch offsets', stored.error);
      return render(partition, begins.get(partition)!, ends.get(partition)!, stored.offset, stored.metadata);
    });
  }

  async #coordinator(group: string): Promise<BrokerId> {
    try {
      return await this.#services.kafka.findCoordinator(group, this.#shell.signal);
    } catch (error) {
      if (!(error instanceof KafkaFailure)) throw error;
      const { kind, message, brokerError } = error;
      throw new KafkaFailure(kind, `failed to get coordinator: ${message}`, {
        cause: error,
        ...(brokerError && { brokerError }),
      });
    }
  }

  async #listOffsets({ topic, partitions }: TopicMetadata, which: 'earliest' | 'latest'): Promise<Map<number, number>> {
    const byLeader = new Map<BrokerId, number[]>();
    for (const { partition, leader } of partitions) {
      if (leader < 0)
        throw new OffsetsFailure(`failed to get partition leader, partition=${partition}`, 'LEADER_NOT_AVAILABLE');
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition]);
    }
    const what = which === 'earliest' ? 'oldest' : 'newest';
    const offsets = new Map<number, number>();
    await Promise.all(
      [...byLeader].map(async ([leader, led]) => {
        const at = led.map((partition) => ({ topic, partition }));
        for (const { partition, error, offset } of await this.#services.kafka.listOffsets(
          leader,
          at,
          which,
          this.#shell.signal,
        )) {
          if (error !== null) throw new OffsetsFailure(`failed to fetch ${what} offset, broker=${leader}`, error);
          offsets.set(partition, offset);
        }
      }),
    );
    return offsets;
  }

  /** Whoever owns the partitions. */
  async #commit({ group, topic }: SetOffsetsRequest, positions: readonly PositionToSet[]): Promise<void> {
    const { signal } = this.#shell;
    const { kafka } = this.#services;
    const offsets = positions.map((position) => ({ topic, ...position }));
    const results = await kafka.commitOffsets(await this.#coordinator(group), group, offsets, signal);
    for (const { error } of results) {
      if (error === 'UNKNOWN_TOPIC_OR_PARTITION') throw new PixyError('unknown-topic', {});
      if (error !== null) throw new OffsetsFailure('failed to commit offsets', error);
    }
  }
}

function render(partition: number, begin: number, end: number, offset: number, metadata: string): PartitionOffsets {
  const lag = offset === -1 ? 0 : offset === -2 ? end - begin : end - offset;
  return { partition, begin, end, count: end - begin, offset, lag, metadata, sparseAcks: readable(offset, metadata) };
}

/** Empty also for metadata that somebody else wrote. */
function readable(offset: number, metadata: string): string {
  try {
    return readableSparseAcks(BigInt(offset), decodeSparseAcks(BigInt(offset), metadata));
  } catch {
    return '';
  }
}

/** Answers what is committed, and commits what a client sets. */
export const offsetsDeskKind = queryDeskKind((services, shell) => {
  const desk = new OffsetsDesk(services, shell);
  return (ask) => desk.answer(ask);
});
