import requests from 'kafkajs/src/protocol/requests/index.js';
import type { WireRequest } from 'kafkajs/src/network/connection.js';
import type { TopicPartition } from '../port.js';
import type { ApiName, VersionTable } from './versions.js';

/** A request in the form of one version, and how its answer is read. */
export interface Call<T> {
  readonly request: WireRequest;
  decode(payload: Buffer): Promise<Answer<T>>;
}

export interface Answer<T> {
  readonly result: T;
  /** How long the broker wants this connection to keep still (KIP-219: in the versions where it leaves that to us). */
  readonly throttleMs: number;
}

/** Forms the request for what a broker speaks. */
export type CallFor<T> = (versions: VersionTable) => Call<T>;

/**
 * A request in kafkajs' own form, its answer in ours. kafkajs' `parse` is left out: it throws for the first partition that
 * has an error, and so loses the answers of all others.
 */
export function kafkajsCall<Decoded, T>(
  api: ApiName,
  version: number,
  args: object,
  toResult: (decoded: Decoded) => T,
): Call<T> {
  const { request, response } = requests.requests[api]!.protocol({ version })(args);
  return {
    request,
    async decode(payload) {
      const decoded = (await response.decode(payload)) as Decoded & { clientSideThrottleTime?: number };
      return { result: toResult(decoded), throttleMs: decoded.clientSideThrottleTime ?? 0 };
    },
  };
}

/** An int64 as kafkajs decodes it. Throws `RangeError` beyond the safe integers. */
export function safeInteger(decimal: string): number {
  const value = Number(decimal);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${decimal} is beyond the numbers that can be told apart`);
  return value;
}

/** Partitions in the form of a request: neighbours of one topic together, in the given order. */
export function byTopic<P extends TopicPartition, Q>(
  partitions: readonly P[],
  form: (partition: P) => Q,
): { topic: string; partitions: Q[] }[] {
  const topics: { topic: string; partitions: Q[] }[] = [];
  for (const partition of partitions) {
    const last = topics.at(-1);
    if (last?.topic === partition.topic) last.partitions.push(form(partition));
    else topics.push({ topic: partition.topic, partitions: [form(partition)] });
  }
  return topics;
}

/** One result for each partition asked for, in that order; `missing` stands in for one that the answer lacks. */
export function inAskedOrder<P extends TopicPartition, R extends TopicPartition>(
  asked: readonly P[],
  answered: readonly R[],
  missing: (partition: P) => R,
): readonly R[] {
  const at = (p: TopicPartition) => `${p.partition} ${p.topic}`;
  const found = new Map(answered.map((result) => [at(result), result]));
  return asked.map((partition) => found.get(at(partition)) ?? missing(partition));
}
