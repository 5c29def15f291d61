import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { topicProducerMachine, type TopicProducerEffects } from '../../src/machines/topic-producer.js';
import type { TopicView } from '../../src/machines/topic-view.js';
import { notedEffects } from './noted-effects.js';

const changed = (state: TopicView['state'], partitions = 1) => ({
  type: 'topic.changed' as const,
  view: {
    topic: 't',
    state,
    partitions: Array.from({ length: partitions }, (_, partition) => ({ partition, leader: 1 })),
  },
});
const known = changed('known');
const unknown = changed('unknown', 0);
const refused = (refusal: string) => {
  const { type, view } = changed('unreachable', 0);
  return { type, view: { ...view, refusal } };
};
const leftBehind = { type: 'batcher.ended' as const, partition: 0, left: 1, living: 0 };

function producer() {
  const { effects, calls } = notedEffects<TopicProducerEffects>();
  const actor = createActor(topicProducerMachine, { input: { effects, shutdownTimeoutMs: 5000 } });
  actor.start();
  return { actor, calls, state: () => actor.getSnapshot().value };
}

describe('topic producer', () => {
  it('serves requests without a transition only while it knows where they go', () => {
    const { actor } = producer();
    const serves = () => actor.getSnapshot().hasTag('serves');
    expect(serves()).toBe(false);
    actor.send(known);
    expect(serves()).toBe(true);
    actor.send(unknown);
    expect(serves()).toBe(false);
    actor.send(known);
    actor.send({ type: 'quiet.passed' });
    expect(serves()).toBe(false);
  });

  it('keeps on routing by what it knew when no broker answers, but cannot begin so', () => {
    const { actor, state } = producer();
    actor.send(changed('unreachable', 0));
    expect(state()).toBe('resolving');
    actor.send(changed('unreachable', 2));
    expect(state()).toBe('routing');
  });

  it('tells each changed reason why Kafka refuses us, and goes on as soon as it does not', () => {
    const after = (...events: Parameters<ReturnType<typeof producer>['actor']['send']>[0][]) => {
      const { actor, calls, state } = producer();
      actor.send(refused('the password'));
      expect(calls.at(-1)).toBe('answerRefused');
      for (const event of events) actor.send(event);
      return [state(), calls.filter((call) => call === 'answerRefused').length];
    };
    expect(after()).toEqual(['refused', 1]);
    expect(after(refused('the certificate'))).toEqual(['refused', 2]);
    expect(after(known)).toEqual(['routing', 1]);
    expect(after(unknown)).toEqual(['unknownTopic', 1]);
    expect(after(changed('unreachable', 0))).toEqual(['resolving', 1]);
    expect(after({ type: 'quiet.passed' })).toEqual(['expiring', 1]);
    expect(after({ type: 'drain' })).toEqual([{ draining: 'resolving' }, 1]);
  });

  it('goes on routing by what it knew when Kafka refuses us later', () => {
    const { actor, state } = producer();
    actor.send(known);
    actor.send({ type: 'topic.changed', view: { ...known.view, state: 'unreachable', refusal: 'the password' } });
    expect(state()).toBe('routing');
  });

  it('revives a batcher that left messages behind, in each state that has batchers', () => {
    for (const before of [[known], [known, unknown], [known, { type: 'drain' as const }]]) {
      const { actor, calls } = producer();
      for (const event of before) actor.send(event);
      calls.length = 0;
      actor.send(leftBehind);
      expect(calls).toEqual(['reviveBatcher']);
      actor.send({ ...leftBehind, left: 0, living: 1 });
      expect(calls).toEqual(['reviveBatcher']);
    }
  });

  it('leaves from each state in which nothing comes, but only if nothing waits', () => {
    for (const before of [[], [known], [unknown]]) {
      const { actor, calls, state } = producer();
      for (const event of before) actor.send(event);
      actor.send({ type: 'quiet.passed' });
      expect(state()).toBe('expiring');
      actor.send({ type: 'requests.quiesced', accepted: { count: 1 } });
      expect(state()).toBe('resolving');
      actor.send({ type: 'quiet.passed' });
      actor.send({ type: 'requests.quiesced', accepted: { count: 0 } });
      expect(state()).toBe('gone');
      expect(calls.at(-1)).toBe('unwatchTopic');
    }
  });

  it('ends after the last batcher when it drains, though the topic becomes unknown meanwhile', () => {
    for (const before of [known, unknown]) {
      const { actor, calls, state } = producer();
      actor.send(before);
      actor.send({ type: 'drain' });
      expect(calls.slice(-2)).toEqual(['refuseRequests', 'drainBatchers']);
      actor.send(unknown);
      expect(calls.at(-1)).toBe('answerUnknown');
      actor.send({ type: 'batcher.ended', partition: 0, left: 0, living: 0 });
      expect(state()).toBe('drained');
    }
  });

  it('stays in draining until what waits for the topic found its way', () => {
    const { actor, state } = producer();
    actor.send({ type: 'drain' });
    actor.send({ type: 'requests.quiesced', accepted: { count: 3 } });
    expect(state()).toEqual({ draining: 'resolving' });
    actor.send(known);
    expect(state()).toEqual({ draining: 'flushing' });
  });
});
