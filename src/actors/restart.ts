import type { RestartLimits } from './bus/types.js';

/** For the few actors that everything else stands on: patient, since giving up on one ends the daemon. */
export const controlPlaneRestart: RestartLimits = {
  backoffMs: 100,
  backoffMaxMs: 5000,
  restartsMax: 10,
  windowMs: 60_000,
};

/** For actors that come and go with topics, groups and partitions. */
export const workerRestart: RestartLimits = { backoffMs: 100, backoffMaxMs: 5000, restartsMax: 5, windowMs: 30_000 };
