import type { Context } from 'koa';
import { isGroupName, isTopicName } from '../actors/names.js';
import type { ClusterConfig } from '../config/config.js';
import { PixyError } from '../errors/pixy-error.js';
import type { HttpEnvironment } from './environment.js';
import type { Parameters } from './parameters.js';

/** Makes the handler of a route for one target, which then serves every request to it. */
export type TopicHandler = (target: Target) => Handler;

/** The same for a route that names no topic. */
export type ClusterHandler = (target: ClusterTarget) => Handler;

export type Handler = (context: Context) => Promise<void>;

/** What a cluster's path names. */
export interface ClusterTarget {
  readonly cluster: string;
  readonly clusterConfig: ClusterConfig;
}

/** What a topic's path names. */
export interface Target extends ClusterTarget {
  readonly topic: string;
}

/** @throws PixyError `unknown-path`, `unknown-cluster`, `bad-topic-name`, in this order. */
export function targetOf(
  environment: HttpEnvironment,
  { cluster, topic = '' }: { readonly cluster?: string; readonly topic?: string },
): Target {
  if (topic.includes('/')) throw new PixyError('unknown-path', {});
  const target = clusterTargetOf(environment, { cluster });
  if (!isTopicName(topic)) throw new PixyError('bad-topic-name', { topic });
  return { ...target, topic };
}

/** @throws PixyError `unknown-path`, `unknown-cluster`, in this order. */
export function clusterTargetOf(
  { config }: HttpEnvironment,
  { cluster = config.defaultCluster }: { readonly cluster?: string | undefined },
): ClusterTarget {
  // A slash came percent-encoded. The original decodes before it looks for the route, and finds none.
  if (cluster.includes('/')) throw new PixyError('unknown-path', {});
  const clusterConfig = Object.hasOwn(config.clusters, cluster) ? config.clusters[cluster] : undefined;
  if (!clusterConfig) throw new PixyError('unknown-cluster', { cluster });
  return { cluster, clusterConfig };
}

/** The one group that a request names. @throws PixyError `group-count`, `bad-group-name`. */
export function groupOf(parameters: Parameters): string {
  const groups = parameters.texts('group');
  if (groups.length !== 1) throw new PixyError('group-count', { count: groups.length });
  return checkedGroup(groups[0]);
}

/** The same where naming none is allowed: `undefined` then, and for an empty name. */
export function optionalGroupOf(parameters: Parameters): string | undefined {
  const groups = parameters.texts('group');
  if (groups.length > 1) throw new PixyError('group-count', { count: groups.length });
  return groups.length === 0 || groups[0] === '' ? undefined : checkedGroup(groups[0]);
}

/** @param group `undefined`: it is no UTF-8 text */
function checkedGroup(group: string | undefined): string {
  if (group === undefined || !isGroupName(group)) throw new PixyError('bad-group-name', { group: group ?? '\ufffd' });
  return group;
}
