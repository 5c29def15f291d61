import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/actors/addresses.js';
import type { GetOffsetsRequest, ListTopicsRequest } from '../../../src/actors/requests.js';
import { KafkaFailure, type Kafka } from '../../../src/kafka/port.js';
import { inWorld, numbered } from './consume-world.js';

const wrong = 'b:9093 refuses the user "u": correct net.sasl.password';

/** Refuses every request while there is a reason: of all brokers, or only of those that lead. */
function door(kind: 'access-denied' | 'unsupported' = 'access-denied') {
  const state: { reason: string | undefined; leadersOnly: boolean } = { reason: undefined, leadersOnly: false };
  const failure = () => new KafkaFailure(kind, state.reason!);
  const kafka = (inner: Kafka): Kafka =>
    new Proxy(inner, {
      get(_, name: keyof Kafka) {
        if (name === 'refusal') return () => (state.reason === undefined ? undefined : failure());
        const method = inner[name].bind(inner) as (...args: unknown[]) => unknown;
        const open = ['close', 'closeLane'].includes(name) || (state.leadersOnly && name === 'metadata');
        return (...args: unknown[]) =>
          state.reason === undefined || open ? method(...args) : Promise.reject(failure());
      },
    });
  return { state, kafka };
}

describe('while Kafka refuses us', () => {
  it('a consume request waits for its time, and then is told why, and messages come when it is corrected', async () => {
    const { state, kafka } = door();
    await inWorld({ kafka }, async (w) => {
      w.world.createTopic('t', 1);
      await w.write(numbered(1));
      await w.store(0);
      state.reason = wrong;
      const d = w.start();
      await w.runFor(2000);
      expect(await w.done(d.poll())).toBe('refused kafka-access-denied');
      state.reason = undefined;
      expect(await d.consume(1)).toEqual(['m0']);
    })();
  });

  it.each([
    ['refuse', 'access-denied'],
    ['speak nothing that kafka.version allows', 'unsupported'],
  ] as const)('a consume request is told also when only the brokers that lead %s', async (_, kind) => {
    const { state, kafka } = door(kind);
    await inWorld({ kafka }, async (w) => {
      w.world.createTopic('t', 1);
      await w.write(numbered(1));
      await w.store(0);
      const d = w.start();
      expect(await d.consume(1)).toEqual(['m0']);
      Object.assign(state, { reason: wrong, leadersOnly: true });
      expect(await w.done(d.poll())).toBe('refused kafka-access-denied');
      state.reason = undefined;
      expect(await w.done(d.poll())).toBe('deadline no-message');
    })();
  });

  it('questions about offsets and topics are answered at once, with the reason', async () => {
    const { state, kafka } = door();
    await inWorld({ kafka }, async (w) => {
      w.world.createTopic('t', 1);
      state.reason = wrong;
      const d = w.start();
      const offsets: GetOffsetsRequest = { type: 'offsets.get', group: 'g', topic: 't' };
      const topics: ListTopicsRequest = { type: 'topics.list', withPartitions: false, withConfig: false };
      for (const [address, request] of [
        [addressOf.offsets('c'), offsets],
        [addressOf.topics('c'), topics],
      ] as const) {
        const askedAtMs = w.host.clock.nowMs();
        const outcome = await w.done(d.bus.ask<unknown>(address, request, { deadlineMs: 10_000 }));
        expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'kafka-access-denied', status: 503 } });
        expect((outcome as { error: Error }).error.message).toBe(`kafka: ${wrong}`);
        expect(w.host.clock.nowMs() - askedAtMs).toBeLessThan(100);
      }
    })();
  });
});
