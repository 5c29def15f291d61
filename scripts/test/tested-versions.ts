import { DEFAULT_KAFKA_VERSION } from '../../src/cluster/versions.js';

/** Those that the product is tested against, oldest first. */
export const TESTED_KAFKA_VERSIONS = ['0.8.2.2', '0.9.0.1', '1.1.1', '2.8.2', DEFAULT_KAFKA_VERSION, '4.4.0'] as const;
