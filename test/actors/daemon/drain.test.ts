import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/actors/addresses.js';
import type { ProduceReply, ProduceRequest } from '../../../src/actors/requests.js';
import { inWorld, numbered, valueOf } from '../consume/consume-world.js';

describe('a daemon that drains', () => {
  it(
    'refuses requests, commits and releases, leaves no node, ends every actor and arms no timer',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 2);
      await w.store(0);
      await w.write(numbered(3));
      const d = w.start();
      expect(await d.consume(2)).toEqual(['m0', 'm1']);
      const [waiting] = [d.poll({ deadlineMs: 30_000 })];
      const last = await waiting;
      if (typeof last !== 'string') last.receipt.written();
      const refused = d.poll({ deadlineMs: 30_000 });
      const elsewhere = new Promise((resolve) => {
        const untap = d.bus.tap((record) => {
          if (record.type !== 'snapshot' || record.address !== '' || record.value !== 'draining') return;
          untap();
          resolve(d.poll({ group: 'late' }));
        });
      });
      const drained = d.drain();
      expect(await refused).toBe('refused shutting-down');
      expect(await elsewhere).toBe('refused shutting-down');
      expect(await drained).toEqual({ kind: 'reply', value: null });
      expect(w.committed()).toBe('3');
      expect(w.nodesOfGroup()).toEqual([]);
      expect(w.world.describe().zookeeper.sessions).toEqual([]);
      expect(d.bus.actors()).toEqual([]);
      expect(d.heldBytes()).toBe(0);
      expect(w.host.clock.pendingTimers).toBe(0);
    }),
  );

  it(
    'waits for an answer that is being written, and commits it',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a']);
      const d = w.start();
      const a = await d.take();
      const drained = d.drain();
      await w.runFor(1000);
      expect(w.owners()).toEqual({ d1: [0] });
      a.receipt.written();
      expect((await drained).kind).toBe('reply');
      expect(w.committed()).toBe('1');
    }),
  );

  it(
    'ends within its bound while Kafka is away; what could not be committed comes again',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a']);
      const d = w.start();
      const a = await d.take();
      w.world.faults.kafka.brokerDown(1);
      a.receipt.written();
      const from = w.host.clock.nowMs();
      expect((await d.drain()).kind).toBe('reply');
      expect(w.host.clock.nowMs() - from).toBeLessThanOrEqual(15_000);
      expect(w.nodesOfGroup()).toEqual([]);
      w.world.faults.kafka.brokerUp(1);
      expect(await w.start().consume(1)).toEqual(['a']);
    }),
  );

  it(
    'ends within its bound while ZooKeeper is away',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      await d.subscribe();
      w.world.faults.zookeeper.serverDown();
      const from = w.host.clock.nowMs();
      expect((await d.drain()).kind).toBe('reply');
      expect(w.host.clock.nowMs() - from).toBeLessThanOrEqual(15_000);
      w.world.faults.zookeeper.serverUp();
    }),
  );

  it(
    'names what it could not finish',
    inWorld({ drainTimeoutMs: 4000 }, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      w.world.faults.kafka.brokerDown(1);
      const request: ProduceRequest = { type: 'produce', key: null, value: Buffer.from('x'), headers: [], sync: false };
      const reply = d.bus.ask<ProduceReply>(addressOf.producer('c', 't'), request, { deadlineMs: 1000 });
      expect((await w.done(reply)).kind).toBe('reply');
      expect((await d.drain()).kind).toBe('reply');
      expect(d.lines('not finished within the drain timeout')[0]).toMatchObject({ unfinished: ['c/producer/t'] });
    }),
  );

  it(
    'writes what was accepted before',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      const d = w.start();
      w.world.faults.kafka.brokerDown(1);
      const request: ProduceRequest = { type: 'produce', key: null, value: Buffer.from('x'), headers: [], sync: false };
      await w.done(d.bus.ask<ProduceReply>(addressOf.producer('c', 't'), request, { deadlineMs: 1000 }));
      const drained = d.drain();
      await w.runFor(2000);
      w.world.faults.kafka.brokerUp(1);
      expect((await drained).kind).toBe('reply');
      expect(await w.start().consume(1)).toEqual(['x']);
    }),
  );

  it(
    'answers everyone who asked it to, and drains as soon as it was started',
    inWorld({}, async (w) => {
      const d = w.start();
      const ask = d.bus.ask(addressOf.daemon(), { type: 'drain' }, { deadlineMs: 10_000 });
      expect((await d.drain()).kind).toBe('reply');
      expect((await ask).kind).toBe('reply');
    }),
  );
});

describe('a daemon', () => {
  it(
    'knows no actor but those of its clusters',
    inWorld({}, async (w) => {
      const d = w.start();
      await w.runFor(10);
      for (const address of ['nowhere/group/g/topic/t', 'c/group/g', 'c/group/g/topic/t/what/else', 'c/nothing/x']) {
        const outcome = await w.done(d.bus.ask(address as never, { type: 'consume' }, { deadlineMs: 100 }));
        expect([address, outcome.kind === 'refused' && outcome.error.code]).toEqual([address, 'no-such-actor']);
      }
    }),
  );

  it(
    'keeps consuming while it is asked, whatever else comes and goes',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      const d = w.start();
      for (let round = 0; round < 3; round++) {
        await w.write([`r${round}`]);
        const delivery = await d.take();
        delivery.receipt.written();
        expect(valueOf(delivery)).toBe(`r${round}`);
        await d.subscribe({ group: `g${round}`, deadlineMs: 100 });
        await w.runFor(15_000);
      }
      expect(d.bus.holds('c/group/g')).toBe(true);
      expect(d.bus.holds('c/group/g0')).toBe(false);
    }),
  );
});
