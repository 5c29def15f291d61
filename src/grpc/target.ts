import { isGroupName, isTopicName } from '../actors/names.js';
import type { ClusterConfig, Config } from '../config/config.js';
import { PixyError } from '../errors/pixy-error.js';

/** What a request names. */
export interface Target {
  readonly cluster: string;
  readonly clusterConfig: ClusterConfig;
}

/** The cluster of a request; an empty name is the default one. @throws PixyError `unknown-cluster`. */
export function clusterOf({ clusters, defaultCluster }: Config, name: string): Target {
  const cluster = name === '' ? defaultCluster : name;
  const clusterConfig = Object.hasOwn(clusters, cluster) ? clusters[cluster] : undefined;
  if (!clusterConfig) throw new PixyError('unknown-cluster', { cluster });
  return { cluster, clusterConfig };
}

/** @throws PixyError `bad-topic-name`. */
export function checkTopic(topic: string): void {
  if (!isTopicName(topic)) throw new PixyError('bad-topic-name', { topic });
}

/** @throws PixyError `bad-group-name`. */
export function checkGroup(group: string): void {
  if (!isGroupName(group)) throw new PixyError('bad-group-name', { group });
}
