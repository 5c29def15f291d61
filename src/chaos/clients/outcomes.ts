import type { Ack, Post } from '../../verdict/history.js';
import type { Answer } from './http-connection.js';

type PostOutcome = Pick<Post, 'outcome' | 'detail' | 'partition' | 'offset'>;

/** Codes that leave it open whether a message was written; after every other code of ours it was not. docs/GUARANTEES.md */
const codesOfUnknown = new Set(['outcome-unknown', 'internal']);

/**
 * What the answer to a post says of its message. Of a daemon that names no codes, what it puts down to the client (4xx, but
 * for a time-out) was not written; its failures leave it open, whatever their texts say.
 */
export function outcomeOfPost(answer: Answer, isSync: boolean): PostOutcome {
  if (answer.kind === 'not sent') return { outcome: 'refused', detail: 'not sent' };
  if (answer.kind !== 'answer') return { outcome: 'unknown', detail: whyNone(answer) };
  const { status, code, body } = answer;
  if (status === 200) return isSync ? placeIn(body) : { outcome: 'accepted', detail: 'accepted' };
  const isUnknown = code ? codesOfUnknown.has(code) : status >= 500 || status === 408 || status < 400;
  return { outcome: isUnknown ? 'unknown' : 'refused', detail: `${status} ${code}`.trimEnd() };
}

/** A broker that knows a batch already may not know any more where it lies: then the answer has the offset -1. */
function placeIn(body: string): PostOutcome {
  const { partition, offset } = jsonIn(body) as { partition?: unknown; offset?: unknown };
  if (typeof partition !== 'number' || typeof offset !== 'number' || offset < 0)
    return { outcome: 'accepted', detail: 'written, the answer does not say where' };
  return { outcome: 'written', detail: 'written', partition, offset };
}

export function outcomeOfAck(answer: Answer): Pick<Ack, 'outcome' | 'detail'> {
  if (answer.kind === 'not sent') return { outcome: 'refused', detail: 'not sent' };
  if (answer.kind !== 'answer') return { outcome: 'unknown', detail: whyNone(answer) };
  const { status, code } = answer;
  if (status === 200) return { outcome: 'noted', detail: 'noted' };
  const isUnknown = code ? code === 'ack-timeout' || code === 'internal' : status >= 500 || status === 408;
  return { outcome: isUnknown ? 'unknown' : 'refused', detail: `${status} ${code}`.trimEnd() };
}

/** A message in the answer to a request to consume. */
export interface Consumed {
  readonly partition: number;
  readonly offset: number;
  /** In Base64. */
  readonly value: string | null;
}

/**
 * `nothing`: none was there in time, and it is asked again at once. `refused`: none was handed over. `lost`: one may have been,
 * and did not arrive so that it could be read.
 */
export function outcomeOfPoll(answer: Answer): Consumed | 'nothing' | 'refused' | 'lost' {
  if (answer.kind === 'cut') return 'lost';
  if (answer.kind !== 'answer') return 'refused';
  if (answer.status === 408) return 'nothing';
  if (answer.status !== 200) return 'refused';
  const { partition, offset, value } = jsonIn(answer.body) as { [key in keyof Consumed]?: unknown };
  const isMessage = typeof partition === 'number' && typeof offset === 'number';
  return isMessage && (value === null || typeof value === 'string') ? { partition, offset, value } : 'lost';
}

const whyNone = (answer: Exclude<Answer, { kind: 'answer' }>): string =>
  answer.kind === 'ended' ? 'the run ended it' : answer.why;

/** An object, empty where the text is none. */
function jsonIn(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
