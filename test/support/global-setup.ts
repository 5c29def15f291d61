import type { TestProject } from 'vitest/node';
import { startCluster } from '../../scripts/cluster/cluster.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `host:port`, comma-separated. */
    kafkaPeers: string;
    zookeeperPeers: string;
  }
}

/** One real cluster serves a whole run; its addresses reach the tests by `realCluster()`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster({ tell: (line) => console.log(line) });
  project.provide('kafkaPeers', cluster.kafkaPeers);
  project.provide('zookeeperPeers', cluster.zookeeperPeers);
  return () => cluster.stop();
}
