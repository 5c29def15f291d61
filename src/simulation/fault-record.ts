import type { FaultCost, FaultRecord } from '../verdict/history.js';
import { describeFault } from './fault-words.js';
import type { Fault, FaultKind } from './faults.js';

/** Of none that is missing does a checker have to know. */
const costs: { readonly [K in FaultKind]?: readonly FaultCost[] } = {
  'broker-down': ['commits'],
  'broker-slow': ['commits'],
  'broker-frozen': ['commits'],
  'in-sync-shrunk': ['commits'],
  'unclean-election': ['commits'],
  'connections-cut': ['commits'],
  'connections-half-open': ['commits'],
  'connections-slow': ['commits'],
  'request-lost': ['commits'],
  'reply-lost': ['commits'],
  'request-refused': ['commits'],
  'session-expired': ['lease'],
  'zookeeper-down': ['commits', 'lease'],
  'zookeeper-frozen': ['commits'],
  'zookeeper-cut': ['commits'],
  'daemon-killed': ['memory'],
  'daemon-paused': ['commits', 'lease'],
  'clock-jumped': ['commits'],
  'timers-late': ['commits'],
  'client-slow': ['lease'],
  'client-storm': ['commits'],
  'actor-crashed': ['commits'],
  'actor-slow': ['commits'],
  'mailbox-full': ['commits'],
};

/** As histories have it. */
export function recordOf(fault: Fault, fromMs: number, toMs: number): FaultRecord {
  const daemon = 'daemon' in fault ? `d${fault.daemon}` : undefined;
  return { kind: fault.kind, text: describeFault(fault), daemon, costs: costs[fault.kind] ?? [], fromMs, toMs };
}
