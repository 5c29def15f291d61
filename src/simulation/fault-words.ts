import type { Fault } from './faults.js';

type Words = { readonly [K in Fault['kind']]: (fault: Extract<Fault, { readonly kind: K }>) => string };

const times = (count: number): string => (count === 1 ? 'the next request' : `the next ${count} requests`);

const words: Words = {
  'broker-down': ({ broker }) => `broker ${broker} is down`,
  'broker-slow': ({ broker, delayMs }) => `broker ${broker} takes ${delayMs} ms longer`,
  'broker-frozen': ({ broker }) => `broker ${broker} is frozen`,
  'leader-moved': ({ topic, partition, broker }) => `broker ${broker} is made the leader of ${topic}/${partition}`,
  'in-sync-shrunk': ({ topic, followers }) => `of each partition of ${topic} ${followers} of 2 followers are stuck`,
  'unclean-election': ({ topic }) => `of each partition of ${topic} a follower is stuck, and leads when this is over`,
  'connections-cut': ({ daemon }) => `d${daemon} loses its connections to the brokers`,
  'connections-half-open': ({ daemon }) => `d${daemon} hears nothing from the brokers, on open connections`,
  'connections-slow': ({ daemon, delayMs }) => `what d${daemon} asks the brokers takes ${delayMs} ms longer`,
  'request-lost': ({ api, times: count }) =>
    `${times(count)} of ${api} on the way to a broker, and the connection, are lost`,
  'reply-lost': ({ api, times: count }) =>
    `${times(count)} of ${api} are served, and the answer and the connection are lost`,
  'request-refused': ({ api, error, times: count }) => `${times(count)} of ${api} are refused with ${error}`,
  'session-expired': ({ daemon }) => `ZooKeeper ends the session of d${daemon}`,
  'zookeeper-down': () => 'ZooKeeper is down',
  'zookeeper-frozen': () => 'ZooKeeper is frozen',
  'zookeeper-cut': ({ daemon }) => `d${daemon} is cut off from ZooKeeper`,
  'watches-late': ({ delayMs }) => `watches of ZooKeeper fire ${delayMs} ms late`,
  'daemon-killed': ({ daemon }) => `d${daemon} is killed, and started again when this is over`,
  'daemon-stopped': ({ daemon }) => `d${daemon} is told to stop, and started again when this is over`,
  'daemon-paused': ({ daemon }) => `d${daemon} is paused: nothing of it runs`,
  'clock-jumped': ({ daemon, byMs }) => `the wall clock of d${daemon} jumps by ${byMs / 60_000} min`,
  'timers-late': ({ daemon, lateMsMax }) => `timers of d${daemon} fire up to ${lateMsMax} ms late`,
  'client-gone': ({ client }) => `c${client} goes away in the midst of its requests, or with the next answer`,
  'client-slow': ({ client }) => `c${client} reads nothing of its answers`,
  'client-storm': ({ client }) => `c${client} polls and posts in a storm`,
  'actor-crashed': ({ daemon, nth }) => `an actor of d${daemon} crashes (number ${nth} of those that live)`,
  'actor-slow': ({ daemon, nth }) =>
    `an actor of d${daemon} looks at nothing for 3 s (number ${nth} of those that live)`,
  'mailbox-full': ({ daemon, nth }) =>
    `the mailbox of an actor of d${daemon} is full for 3 s (number ${nth} of those that live)`,
};

/** What is done and to whom, in one line, for a trace and for a report. */
export function describeFault<K extends Fault['kind']>(fault: Extract<Fault, { readonly kind: K }>): string {
  return words[fault.kind as K](fault);
}
