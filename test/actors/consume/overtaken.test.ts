import { describe, expect, it } from 'vitest';
import type { Kafka } from '../../../src/kafka/port.js';
import type { ZooKeeper, ZooKeeperSession } from '../../../src/zookeeper/port.js';
import { ConsumeWorld, numbered, valueOf, type WorldSettings } from './consume-world.js';
import { interposed } from './interposed.js';

const owner = 'group/g/topic/t/partition/0';

interface Late {
  /** How late the next answers come. */
  byMs: number;
  times: number;
}

/** A world in which answers to one call come late when the test says so; no other fault is involved. */
async function inLateWorld(
  settings: WorldSettings,
  what: { readonly kafka?: keyof Kafka; readonly zookeeper?: keyof ZooKeeperSession; readonly path?: string },
  body: (w: ConsumeWorld, late: Late, session: () => ZooKeeperSession) => Promise<void>,
): Promise<void> {
  const late: Late = { byMs: 0, times: 0 };
  let session: ZooKeeperSession | undefined;
  const around = async (call: () => Promise<unknown>, args: readonly unknown[]) => {
    const isLate = late.times > 0 && (what.path === undefined || args[0] === what.path);
    if (isLate) late.times--;
    const delayMs = isLate ? late.byMs : 0;
    if (what.zookeeper && delayMs > 0) await pause(delayMs);
    const answer = await call();
    if (what.kafka && delayMs > 0) await pause(delayMs);
    return answer;
  };
  const w = new ConsumeWorld({
    ...settings,
    ...(what.kafka && { kafka: (kafka: Kafka) => interposed(kafka, what.kafka!, around) }),
    zookeeper: (real: ZooKeeper): ZooKeeper => ({
      openSession: (options) => {
        const opened = real.openSession(options);
        session ??= opened;
        return what.zookeeper ? interposed(opened, what.zookeeper, around) : opened;
      },
    }),
  });
  const pause = (delayMs: number) => new Promise<void>((done) => void w.host.clock.setTimeout(done, delayMs));
  await body(w, late, () => session!);
  await w.close();
}

describe('a committed offset that is read too late', () => {
  it('is none of the position that was set meanwhile: reading and committing go on there', () =>
    inLateWorld({}, { kafka: 'fetchOffsets' }, async (w, late) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(10));
      Object.assign(late, { byMs: 3000, times: 1 });
      const d = w.start();
      void d.poll({ deadlineMs: 400 });
      await w.runUntil(() => d.state(owner) === 'positioning');
      await w.runFor(500);
      expect(await w.done(d.setPosition(6))).toBe('taken');
      await w.runFor(4000);
      expect(await d.consume(2)).toEqual(['m6', 'm7']);
      await w.runFor(1000);
      expect(w.committed()).toBe('8');
    }));

  it('does not replace what was offered since, when the claim was lost and made anew meanwhile', () =>
    inLateWorld({}, { kafka: 'fetchOffsets' }, async (w, late, session) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(10));
      Object.assign(late, { byMs: 5000, times: 1 });
      const d = w.start();
      void d.poll({ deadlineMs: 400 });
      await w.runUntil(() => d.state(owner) === 'positioning');
      await w.runFor(500);
      await w.done(session().deleteOwn('/consumers/g/owners/t/0'));
      expect(await d.consume(2)).toEqual(['m0', 'm1']);
      await w.runFor(6000);
      expect(await d.consume(2)).toEqual(['m2', 'm3']);
      await w.runFor(1000);
      expect(w.committed()).toBe('4');
    }));
});

describe('a claim that is made too late', () => {
  it('is not made any more when the partition fell to another member meanwhile, who gets it', () =>
    inLateWorld({}, { zookeeper: 'ensurePath', path: '/consumers/g/owners/t' }, async (w, late) => {
      w.world.createTopic('t', 2);
      Object.assign(late, { byMs: 2000, times: 3 });
      const d1 = w.start();
      void d1.poll();
      await w.runUntil(() => d1.state('group/g/topic/t/partition/1') === 'claiming');
      const d2 = w.start();
      void d2.poll();
      await w.runFor(10_000);
      expect(w.owners()).toEqual({ d1: [0], d2: [1] });
    }));
});

describe('a message that comes back while the position is looked for anew', () => {
  it('is not offered twice', () =>
    inLateWorld({}, { kafka: 'listOffsets' }, async (w, late) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(3));
      const d = w.start();
      const out = await d.take();
      await w.runFor(1000);
      w.world.faults.kafka.requestRefused({ api: 'fetch', client: 'd1' }, 'OFFSET_OUT_OF_RANGE', 1);
      Object.assign(late, { byMs: 1000, times: 1 });
      await w.runUntil(() => d.state(owner) === 'positioning');
      out.receipt.returned();
      await w.runUntil(() => d.state(owner) !== 'positioning');
      await w.runFor(1000);
      const values: string[] = [];
      for (let polled = await w.done(d.poll()); typeof polled !== 'string'; polled = await w.done(d.poll())) {
        values.push(valueOf(polled));
        polled.receipt.written();
      }
      expect(values).toEqual(['m0', 'm1', 'm2']);
    }));
});

describe('what was acknowledged when the session was not trusted any more', () => {
  it('is committed when the session is trusted again, although a commit fell due meanwhile', async () => {
    const w = new ConsumeWorld({ cluster: { zookeeper: { sessionTimeoutMs: 6000 } } });
    w.world.createTopic('t', 1);
    await w.store(0);
    await w.write(numbered(3));
    const d = w.start();
    d.keepPolling();
    await w.runUntil(() => d.consumed.length === 3);
    // As a machine that sleeps, with its ZooKeeper: nothing answers for longer than the session, and then everything does.
    w.world.faults.kafka.brokerDown(1);
    w.world.faults.zookeeper.serverDown();
    await w.runFor(15_000);
    w.world.faults.kafka.brokerUp(1);
    await w.runFor(5000);
    expect(w.committed()).toBe('0');
    w.world.faults.zookeeper.serverUp();
    await w.runFor(5000);
    expect(d.lines('partition is owned')).toHaveLength(1);
    expect(w.committed()).toBe('3');
    await w.write(['m3']);
    await w.runUntil(() => d.consumed.length === 4);
    await w.runFor(1000);
    expect(w.committed()).toBe('4');
    await w.close();
  });
});

describe('a partition that cannot be decoded at its leader', () => {
  it('is read on when another one leads, also when that fills the buffer before the next try', async () => {
    const w = new ConsumeWorld({
      brokers: 2,
      cluster: { consumer: { fetchMaxBytes: 2048 }, kafka: { metadataRefreshMs: 1000 } },
    });
    w.world.createTopic('t', 1, { replicationFactor: 2 });
    await w.store(0);
    await w.write(['first']);
    const d = w.start();
    expect(await d.consume(1)).toEqual(['first']);
    w.world.faults.kafka.requestRefused({ api: 'fetch', client: 'd1' }, 'CORRUPT_MESSAGE', 1);
    await w.runUntil(() => JSON.stringify(d.state(owner)).includes('blocked'));
    w.world.faults.kafka.leaderMoved('t', 0, 2);
    await w.runUntil(() => d.load(owner)['leader'] === 2);
    const values = numbered(60).map((value) => value.padEnd(200, '.'));
    expect(d.state(owner)).toEqual({ owning: 'blocked' });
    await w.write(values);
    await w.runFor(10_000);
    const consumed: string[] = [];
    for (let polled = await w.done(d.poll()); typeof polled !== 'string'; polled = await w.done(d.poll())) {
      consumed.push(valueOf(polled));
      polled.receipt.written();
    }
    expect(consumed).toEqual(values);
    await w.close();
  });
});
