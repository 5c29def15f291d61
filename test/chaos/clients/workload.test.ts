import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createWorkload } from '../../../src/chaos/clients/create-workload.js';
import type { ConsumerLoad, OwnWorkload, ProducerLoad } from '../../../src/chaos/script/script.js';
import { KafkaView } from '../../../src/chaos/kafka-view.js';
import { validateConfig } from '../../../src/config/config.js';
import { startDaemon } from '../../../src/daemon.js';
import { createEmbeddedWorld } from '../../../src/embedded/world.js';
import { realHost } from '../../../src/host/real-host.js';
import type { AckMode } from '../../../src/verdict/history.js';
import { comesTrue } from './comes-true.js';
import { daemonAt } from './support.js';

const host = realHost();

async function startDaemons(count: number) {
  const world = createEmbeddedWorld({ host });
  const daemons = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      startDaemon({
        config: validateConfig({ tcpAddr: '127.0.0.1:0', grpcAddr: '' }),
        host,
        log: pino({ level: 'silent' }),
        command: 'kafka-pixy',
        world,
        ordinal: index + 1,
        onFatal: (error) => {
          throw error;
        },
      }),
    ),
  );
  return { world, daemons, seen: daemons.map(({ addresses }, index) => daemonAt(addresses[0]!, index + 1)) };
}

const producer: ProducerLoad = {
  topic: 'orders',
  clients: 3,
  messagesPerSecond: 200,
  syncShare: 0.5,
  keys: 9,
  messageBytes: 200,
  daemons: undefined,
};
const consumer: ConsumerLoad = {
  group: 'auto',
  topics: ['orders'],
  ack: 'auto',
  lateShare: 0,
  neverShare: 0,
  clients: 2,
  daemons: undefined,
};
const load: OwnWorkload = {
  type: 'own',
  produce: [producer],
  consume: [consumer, { ...consumer, group: 'later', ack: 'later' }],
};

describe('the clients of a run', () => {
  it('post to daemons and consume by them, for every group, and write down what they saw', async () => {
    const { world, daemons, seen: chaosDaemons } = await startDaemons(2);
    world.createTopic('orders', 4);
    const kafka = new KafkaView({ kafka: world.kafka(), clock: host.clock, isGiven: false });
    const places = await kafka.endsOf(['orders']);
    for (const { group } of load.consume) await kafka.startGroupAt(group, places);
    const startedMs = host.clock.nowMs();
    const workload = createWorkload({
      load,
      daemons: chaosDaemons,
      runId: 'r1',
      random: host.random,
      clock: host.clock,
      nowMs: () => host.clock.nowMs() - startedMs,
      wasStruck: () => false,
    });
    const { seen } = workload;
    workload.start();
    const givenBy = (mode: AckMode) =>
      new Set(seen.deliveries.filter((delivery) => delivery.mode === mode).map(({ daemon }) => daemon));
    await comesTrue(host.clock, 'both daemons give messages to both groups', () =>
      (['auto', 'later'] as const).every((mode) => givenBy(mode).size === 2),
    );
    // In a given cluster others write too.
    const foreign = await fetch(`http://${daemons[0]!.addresses[0]}/topics/orders/messages?sync`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'of somebody else',
    });
    expect(foreign.status).toBe(200);
    await comesTrue(
      host.clock,
      'much is acknowledged',
      () => seen.acks.filter(({ outcome }) => outcome === 'noted').length > 15,
    );
    await workload.stopPosting();
    const { entries: log } = await kafka.read(places, 'r1', 10_000);
    await comesTrue(host.clock, 'all is consumed', () => workload.hasSeen(log));
    expect(workload.hasSeen([{ topic: 'orders', partition: 1, offset: 1_000_000 }])).toBe(false);
    await workload.stop();
    await kafka.close();
    await Promise.all(daemons.map((daemon) => daemon.drain()));

    expect(log.map(({ post }) => post).sort((a, b) => a - b)).toEqual(
      seen.posts.map(({ id }) => id).sort((a, b) => a - b),
    );
    for (const { id, partition, offset, sync } of seen.posts)
      if (sync) expect(log).toContainEqual({ topic: 'orders', partition, offset, post: id });
    expect(new Set(seen.posts.map(({ outcome }) => outcome))).toEqual(new Set(['written', 'accepted']));
    expect(new Set(seen.posts.map(({ client }) => client)).size).toBe(3);
    expect(new Set(seen.posts.map(({ daemon }) => daemon))).toEqual(new Set(['daemon 1', 'daemon 2']));
    const ids = new Set(seen.posts.map(({ id }) => id));
    for (const mode of ['auto', 'later'] as const) {
      const given = seen.deliveries.filter((delivery) => delivery.mode === mode);
      expect(given.every(({ post, group }) => ids.has(post) && group === mode)).toBe(true);
      expect(givenBy(mode)).toEqual(new Set(['daemon 1', 'daemon 2']));
    }
    // Some partitions moved while the daemons found each other, and the end of the run met some acks under way.
    expect(seen.acks.filter(({ outcome }) => outcome === 'noted').length).toBeGreaterThan(15);
    expect(new Set(seen.acks.map(({ group }) => group))).toEqual(new Set(['later']));
    expect([seen.hangs, seen.lostAnswers, workload.isComplete]).toEqual([[], [], true]);
  }, 60_000);
});
