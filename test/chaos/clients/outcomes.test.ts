import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/chaos/clients/http-connection.js';
import { outcomeOfAck, outcomeOfPoll, outcomeOfPost } from '../../../src/chaos/clients/outcomes.js';
import { failed, ok } from './support.js';

const cut: Answer = { kind: 'cut', why: 'reset' };
const notSent: Answer = { kind: 'not sent', why: 'refused' };
const ended: Answer = { kind: 'ended' };
const broken: Answer = { kind: 'answer', status: 200, code: '', body: '{"partition": 1' };

describe('what an answer says', () => {
  it.each([
    ['written', 'a place', ok({ partition: 1, offset: 2 })],
    ['accepted', 'a place that brokers do not know any more', ok({ partition: 1, offset: -1 })],
    ['accepted', 'no place', ok(null)],
    ['accepted', 'half an answer', broken],
    ['unknown', 'outcome-unknown', failed(500, 'outcome-unknown')],
    ['unknown', 'internal', failed(500, 'internal')],
    ['refused', 'kafka-unreachable', failed(500, 'kafka-unreachable')],
    ['refused', 'shutting-down', failed(503, 'shutting-down')],
    ['refused', 'produce-unknown-topic', failed(404, 'produce-unknown-topic')],
    ['unknown', '500 of somebody else', failed(500)],
    ['unknown', '503 of somebody else', failed(503)],
    ['refused', '404 of somebody else', failed(404)],
    ['unknown', '408 of somebody else', failed(408)],
    ['unknown', 'a redirection', failed(302)],
    ['unknown', 'a connection that was cut', cut],
    ['unknown', 'the end of the run', ended],
    ['refused', 'no connection', notSent],
  ] as const)('a sync post is %s: %s', (outcome, _, answer) => {
    expect(outcomeOfPost(answer, true).outcome).toBe(outcome);
  });

  it('an async post is accepted by any 200, and has no place', () => {
    expect(outcomeOfPost(ok({}), false)).toEqual({ outcome: 'accepted', detail: 'accepted' });
    expect(outcomeOfPost(failed(500), false).outcome).toBe('unknown');
    expect(outcomeOfPost(failed(503, 'produce-queue-full'), false)).toEqual({
      outcome: 'refused',
      detail: '503 produce-queue-full',
    });
  });

  it.each([
    ['noted', ok({})],
    ['refused', failed(500, 'ack-channel-missing')],
    ['unknown', failed(500, 'ack-timeout')],
    ['unknown', failed(500)],
    ['refused', failed(400)],
    ['unknown', cut],
    ['unknown', ended],
    ['refused', notSent],
  ] as const)('an ack is %s', (outcome, answer) => {
    expect(outcomeOfAck(answer).outcome).toBe(outcome);
  });

  it.each([
    ['nothing', failed(408, 'poll-timeout')],
    ['refused', failed(429, 'too-many-polls')],
    ['refused', failed(503)],
    ['refused', notSent],
    ['refused', ended],
    ['lost', cut],
    ['lost', broken],
    ['lost', ok({ partition: 1, offset: 2, value: 3 })],
  ] as const)('a poll has %s', (outcome, answer) => {
    expect(outcomeOfPoll(answer)).toBe(outcome);
  });

  it('a poll has a message, which may be none but a key', () => {
    const answer = ok({ key: 'a2V5', value: null, partition: 1, offset: 2 });
    expect(outcomeOfPoll(answer)).toEqual({ partition: 1, offset: 2, value: null });
  });
});
