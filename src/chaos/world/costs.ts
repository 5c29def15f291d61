import type { FaultCost } from '../../verdict/history.js';
import type { FaultKind } from '../script/script.js';
import type { Target } from '../script/targets.js';

type DaemonFault = Extract<FaultKind, 'kill' | 'freeze' | 'restart' | 'expireSession'>;

const ofDaemons: Readonly<Record<DaemonFault, readonly FaultCost[]>> = {
  kill: ['memory', 'claims'],
  // Thawed, it may go on with what it did before it learns that its session is over.
  freeze: ['commits', 'lease', 'claims'],
  // In order: it writes what it accepted, commits, and releases.
  restart: [],
  expireSession: ['claims', 'lease'],
};

const ofOthers: Readonly<Record<Exclude<Target['type'], 'daemon'>, readonly FaultCost[]>> = {
  broker: ['commits'],
  'daemon-to-broker': ['commits'],
  zookeeper: ['claims', 'commits', 'lease'],
  'daemon-to-zookeeper': ['claims', 'commits'],
  'clients-to-daemon': ['answers'],
  // An owner that crashed and its successor are one process; what the first had not committed comes again.
  actors: ['commits', 'claims'],
};

/** What a fault may cost by the guarantees, whatever it does cost. */
export function costsOf(kind: FaultKind, target: Target['type']): readonly FaultCost[] {
  return target === 'daemon' ? ofDaemons[kind as DaemonFault] : ofOthers[target];
}
