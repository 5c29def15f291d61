/** Why the simulation does not take some transitions, by a pattern of their ids. */
const reasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/: starting --always/, 'the first step of a machine is not told of; the state that it leads to is'],
  [/--position\.set-->|: setting --|^handover-desk: .*(?:requests\.changed|isStale)/, 'no client sets offsets'],
  [/^query-desk: /, 'no client looks up topics, offsets or consumers'],
  [/--claim\.lost-->/, 'nobody deletes the node of a claim that is not his own'],
  [/records\.unreadable|owning\.blocked/, 'the embedded brokers hold no batch that cannot be decoded'],
  [/^fetcher: .*\bidle\b|buffer\.(?:full|room)/, 'messages of a few bytes fill no buffer'],
  [/batch\.divisible/, 'messages of a few bytes are too large for no broker'],
  [/isRefused|: refused --/, 'the embedded brokers let everybody in'],
  [/unknownTopic|isUnknown/, 'only topics that exist are asked for, and none is deleted'],
  [/brokerIsGone/, 'no broker leaves the cluster for good'],
];

export function whyNotTaken(id: string): string | undefined {
  return reasons.find(([pattern]) => pattern.test(id))?.[1];
}
