import { addressOf } from '../actors/addresses.js';
import { replyOf } from '../actors/outcomes.js';
import type { ConsumersByGroup, ListConsumersRequest } from '../actors/requests.js';
import type { Method } from './call.js';
import type { GrpcEnvironment } from './environment.js';
import type { ListConsumersRq, ListConsumersRs } from './service.js';
import { checkGroup, checkTopic, clusterOf } from './target.js';

/** Who owns which partitions of the topic, of one group or of all. */
export function listConsumers({ bus, config }: GrpcEnvironment): Method<ListConsumersRq, ListConsumersRs> {
  return async ({ topic, group, ...asked }) => {
    const { cluster } = clusterOf(config, asked.cluster);
    checkTopic(topic);
    if (group !== '') checkGroup(group);
    const request: ListConsumersRequest = { type: 'consumers.list', topic, group: group === '' ? undefined : group };
    const deadlineMs = config.http.adminTimeoutMs;
    const outcome = await bus.ask<ConsumersByGroup>(addressOf.consumers(cluster), request, { deadlineMs });
    const groups = mapValues(replyOf(outcome), (members) => ({
      consumers: mapValues(members, (partitions) => ({ partitions })),
    }));
    return { message: { groups } };
  };
}

function mapValues<T, U>(object: Readonly<Record<string, T>>, render: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, render(value)]));
}
