import { describe, expect, it } from 'vitest';
import { messageText } from '../../src/chaos/clients/message.js';
import { KafkaView } from '../../src/chaos/kafka-view.js';
import { createEmbeddedWorld } from '../../src/embedded/world.js';
import { virtualHost } from '../../src/host/virtual-host.js';

function start(isGiven = false) {
  const host = virtualHost();
  const { clock } = host;
  const world = createEmbeddedWorld({ host, brokers: 2 });
  const view = new KafkaView({ kafka: world.kafka('chaos'), clock, isGiven });
  /** What it comes to, with time moved until it does. */
  const outcomeOf = async <T>(promise: Promise<T>): Promise<T | string> => {
    let outcome: { readonly value: T | string } | undefined;
    promise.then(
      (value) => (outcome = { value }),
      (error: unknown) => (outcome = { value: String(error) }),
    );
    await clock.runUntil(() => outcome !== undefined, 200_000);
    return outcome!.value;
  };
  const write = async (topic: string, partition: number, values: readonly (string | null)[]): Promise<void> => {
    const kafka = world.kafka('writer');
    const { signal } = new AbortController();
    const records = values.map((value) => {
      return { key: null, value: value === null ? null : Buffer.from(value), headers: [], timestampMs: 1 };
    });
    const writing = async () => {
      const { topics } = await kafka.metadata([topic], signal);
      const { leader } = topics[0]!.partitions[partition]!;
      const request = { requiredAcks: -1 as const, timeoutMs: 1000, partitions: [{ topic, partition, records }] };
      await kafka.produce(leader, request, signal);
      await kafka.close();
    };
    expect(await outcomeOf(writing())).toBeUndefined();
  };
  return { clock, world, view, outcomeOf, write };
}

const ofRun = (post: number, runId = 'run') => messageText({ runId, post, sentMs: 0 }, 100);

describe('a look at Kafka past every daemon', () => {
  it('reads what a run wrote, from where it began', async () => {
    const { world, view, outcomeOf, write } = start();
    world.createTopic('orders', 2);
    await write('orders', 0, [ofRun(1)]);
    const places = await outcomeOf(view.endsOf(['orders']));
    expect(places).toEqual([
      { topic: 'orders', partition: 0, offset: 1 },
      { topic: 'orders', partition: 1, offset: 0 },
    ]);
    await write('orders', 0, [ofRun(2), ofRun(3)]);
    await write('orders', 1, ['of somebody', ofRun(4), null, ofRun(5, 'another-run'), '{"run":"run"}']);
    if (typeof places === 'string') throw new Error(places);
    const ends = [
      { topic: 'orders', partition: 0, offset: 3 },
      { topic: 'orders', partition: 1, offset: 5 },
    ];
    expect(await outcomeOf(view.read(places, 'run', 1000))).toEqual({
      entries: [
        { topic: 'orders', partition: 0, offset: 1, post: 2 },
        { topic: 'orders', partition: 0, offset: 2, post: 3 },
        { topic: 'orders', partition: 1, offset: 1, post: 4 },
      ],
      ends,
    });
    await write('orders', 1, [ofRun(6)]);
    expect(await outcomeOf(view.read(ends, 'run', 1000))).toMatchObject({
      entries: [{ topic: 'orders', partition: 1, offset: 5, post: 6 }],
    });
    await outcomeOf(view.close());
  });

  it('waits for brokers that are on their way back, and says who does not come', async () => {
    const { clock, world, view, outcomeOf, write } = start();
    world.createTopic('orders', 2);
    await write('orders', 1, [ofRun(1)]);
    const places = [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 0 }));
    for (const id of [1, 2]) world.faults.kafka.brokerDown(id);
    clock.setTimeout(() => [1, 2].forEach((id) => world.faults.kafka.brokerUp(id)), 20_000);
    expect(await outcomeOf(view.read(places, 'run', 60_000))).toMatchObject({
      entries: [{ topic: 'orders', partition: 1, offset: 0, post: 1 }],
    });
    for (const id of [1, 2]) world.faults.kafka.brokerDown(id);
    expect(await outcomeOf(view.read(places, 'run', 5000))).toMatch(
      /^ChaosError: For 5 s no broker would say where the logs end\. The latest answer: /,
    );
    await outcomeOf(view.close());
  });

  it('waits for topics that are being made', async () => {
    const { clock, world, view, outcomeOf } = start();
    clock.setTimeout(() => world.createTopic('orders', 3), 5000);
    expect(await outcomeOf(view.endsOf(['orders']))).toHaveLength(3);
    await outcomeOf(view.close());
  });

  it('says at once which topic a given cluster lacks', async () => {
    const { clock, world, view, outcomeOf } = start(true);
    world.createTopic('orders', 3);
    expect(await outcomeOf(view.endsOf(['orders', 'bills']))).toBe(
      'ChaosError: The given cluster has no topic bills. Create it there, or name another one.',
    );
    expect(clock.nowMs()).toBeLessThan(1000);
    await outcomeOf(view.close());
  });

  it('has a group begin at a place', async () => {
    const { world, view, outcomeOf } = start();
    world.createTopic('orders', 2);
    const at = [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 10 + partition }));
    await outcomeOf(view.startGroupAt('g', at));
    const kafka = world.kafka();
    const { signal } = new AbortController();
    const stored = kafka
      .metadata([], signal)
      .then(() => kafka.findCoordinator('g', signal))
      .then((coordinator) => kafka.fetchOffsets(coordinator, 'g', at, signal));
    expect(await outcomeOf(stored)).toMatchObject([{ offset: 10 }, { offset: 11 }]);
    await outcomeOf(kafka.close());
    expect(await outcomeOf(view.committedBy('g', at))).toEqual(at);
    await outcomeOf(view.close());
  });
});
