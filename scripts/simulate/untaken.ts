const atOnce =
  'ZooKeeper answers at once unless it is broken, so that only a fault in that very moment leaves time for it in between';

/** Why the simulation does not take some transitions, by a pattern of their ids, or takes them in few seeds. */
const reasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/: starting --always/, 'the first step of a machine is not told of; the state that it leads to is'],
  [/^daemon: starting --drain-->/, 'a daemon is told to stop when it serves, and not before'],
  [
    /--position\.set-->|: setting --/,
    'a position is to be set in the very moment in which an owner reads or sets its own',
  ],
  [/^query-desk: /, 'fewer lookups come at once than one desk has places for'],
  [/--claim\.lost-->/, 'nobody deletes the node of a claim that is not his own'],
  [/records\.unreadable|owning\.blocked/, 'the embedded brokers hold no batch that cannot be decoded'],
  [/^fetcher: .*(?:\bidle\b|partition\.room)|buffer\.(?:full|room)/, 'messages of a few bytes fill no buffer'],
  [
    /^producer-batcher: busy\.overtaken --identity\.known/,
    'a partition gets another leader in the very moment in which a producer asks for its id',
  ],
  [/batch\.divisible/, 'messages of a few bytes are too large for no broker'],
  [/isRefused|: refused --/, 'the embedded brokers let everybody in'],
  [/brokerIsGone/, 'no broker leaves the cluster for good'],
  [
    /^topic-producer: (?:routing|draining\.flushing|unknownTopic) --topic\.changed/,
    'no topic is deleted, nor made later',
  ],
  [
    /^topic-producer: draining --after shutdownTimeout-->/,
    'the drain of the whole daemon has as long as that of a producer, and began before it',
  ],
  [/^topic-producer: .*leftSomething/, 'a batcher has nothing left when it ends, unless it crashed many times'],
  [/^topic-producer: (?:resolving|expiring|draining\.resolving) --/, 'brokers say at once what they know of a topic'],
  [/^group-member: |^handover-desk: .*backingOff|^partition-owner: releasing/, atOnce],
  [/^subscription: (?:leaving|releasing|draining|subscribed --release)/, atOnce],
  [
    /^subscription: subscribed --idle\[awaitsAcks\]/,
    'a message waits for its ack for less time than a subscription does for polls',
  ],
  [
    /^topic-metadata: .*(?:nothingIsWatched|topics\.unwatched)/,
    'as long as a daemon is asked for anything, it watches a topic',
  ],
  [/^zookeeper-session: .*session\.watch-->/, 'who watches a session begins when it is open'],
  [/^zookeeper-session: (?:lost --close|closing --closed)-->/, atOnce],
];

export function whyNotTaken(id: string): string | undefined {
  return reasons.find(([pattern]) => pattern.test(id))?.[1];
}
