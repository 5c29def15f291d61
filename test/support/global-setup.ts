import { writeFileSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { startCluster } from '../../src/cluster/cluster.js';
import { DEFAULT_KAFKA_VERSION } from '../../src/cluster/versions.js';
import { realHost } from '../../src/host/real-host.js';
import { startErrorVariable, versionVariable } from '../../scripts/test/real-run.js';

declare module 'vitest' {
  export interface ProvidedContext {
    kafkaVersion: string;
    /** `host:port`, comma-separated. */
    kafkaPeers: string;
    zookeeperPeers: string;
  }
}

/** One real cluster serves a whole run; its addresses reach the tests by `realCluster()`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const kafka = process.env[versionVariable] || DEFAULT_KAFKA_VERSION;
  const cluster = await startCluster({ host: realHost(), kafka, tell: (line) => console.log(line) }).catch(
    (error: unknown) => {
      const file = process.env[startErrorVariable];
      if (file) writeFileSync(file, error instanceof Error ? error.message : String(error));
      throw error;
    },
  );
  project.provide('kafkaVersion', cluster.kafkaVersion);
  project.provide('kafkaPeers', cluster.kafkaPeers);
  project.provide('zookeeperPeers', cluster.zookeeperPeers);
  return () => cluster.stop();
}
