import { describe, expect, it } from 'vitest';
import { messageText } from '../../../src/chaos/clients/message.js';
import type { ConsumerLoad } from '../../../src/chaos/script/script.js';
import { daemonAt, failed, kindNamed, ok, workloadOn, type Asked, type TestDaemon } from './support.js';

const load: ConsumerLoad = {
  group: 'g',
  topics: ['orders'],
  ack: 'auto',
  lateShare: 0,
  neverShare: 0,
  clients: 1,
  daemons: undefined,
};

function start(more: Partial<ConsumerLoad> = {}, daemons: TestDaemon[] = [daemonAt('a:1')]) {
  const started = workloadOn({ produce: [], consume: [{ ...load, ...more }] }, daemons);
  const { network, workload } = started;
  workload.start();
  const poll = (): Asked => {
    const asked = [...network.open].find(({ method }) => method === 'GET');
    if (!asked) throw new Error('nobody polls');
    return asked;
  };
  const polls = () => network.asked.filter(({ method }) => method === 'GET');
  const acks = () => network.asked.filter(({ method }) => method === 'POST');
  return { ...started, poll, polls, acks };
}

const message = (offset: number, runId = 'run-1') =>
  ok({
    key: null,
    value: Buffer.from(messageText({ runId, post: offset + 100, sentMs: 5 }, 5000)).toString('base64'),
    partition: 2,
    offset,
  });

describe('clients that consume', () => {
  it('poll all the time, and write down what they are given', async () => {
    const { clock, poll, seen, workload } = start();
    await clock.runFor(40);
    poll().answer(message(7));
    await clock.settle();
    const whose = { group: 'g', mode: 'auto', topic: 'orders', daemon: 'daemon 1', client: 'g orders daemon 1.1' };
    expect(seen.deliveries).toEqual([
      { ...whose, partition: 2, offset: 7, post: 107, askedMs: 0, handedMs: 40, received: true },
    ]);
    expect(poll().path).toBe('/topics/orders/messages?group=g');
    const place = { topic: 'orders', partition: 2 };
    expect(workload.hasSeen([{ ...place, offset: 7 }])).toBe(true);
    const entries = [
      { ...place, offset: 7 },
      { ...place, offset: 8 },
      { topic: 'of nobody', partition: 0, offset: 0 },
    ];
    expect(workload.hasSeen(entries)).toBe(false);
    poll().answer(message(8));
    await clock.settle();
    expect(workload.hasSeen(entries)).toBe(true);
  });

  it('are so many at each daemon of their kind, for each topic', async () => {
    const daemons = [daemonAt('a:1', 1), daemonAt('b:2', 2), daemonAt('c:3', 3, kindNamed('theirs'))];
    const { clock, network } = start({ clients: 2, topics: ['orders', 'bills'], daemons: 'pixy' }, daemons);
    await clock.settle();
    const asked = network.asked.map(({ address, path }) => `${address} ${path.split('/')[2]}`);
    expect(asked.sort()).toEqual([
      'a:1 bills',
      'a:1 bills',
      'a:1 orders',
      'a:1 orders',
      'b:2 bills',
      'b:2 bills',
      'b:2 orders',
      'b:2 orders',
    ]);
  });

  it('ask again at once when there was nothing, and after a pause when they were refused or cut off', async () => {
    const { clock, poll, polls, seen } = start();
    await clock.runFor(3000);
    poll().answer(failed(408, 'poll-timeout'));
    await clock.settle();
    expect(polls().length).toBe(2);
    poll().answer(failed(429, 'too-many-polls'));
    await clock.runFor(49);
    expect(polls().length).toBe(2);
    await clock.runFor(1);
    expect(polls().length).toBe(3);
    poll().answer({ kind: 'cut', why: 'reset' });
    await clock.runFor(50);
    expect(polls().length).toBe(4);
    const whose = { group: 'g', topic: 'orders', daemon: 'daemon 1', client: 'g orders daemon 1.1' };
    expect(seen.lostAnswers).toEqual([{ ...whose, askedMs: 3050, endedMs: 3050, mayHold: true }]);
    poll().answer({ kind: 'not sent', why: 'refused' });
    await clock.runFor(50);
    expect([polls().length, seen.lostAnswers.length, seen.hangs]).toEqual([5, 1, []]);
  });

  it('wait for a daemon that is down', async () => {
    const daemon = daemonAt('a:1');
    daemon.isUp = false;
    const { clock, polls } = start({}, [daemon]);
    await clock.runFor(5000);
    expect(polls()).toEqual([]);
    daemon.isUp = true;
    await clock.runFor(50);
    expect(polls().length).toBe(1);
  });

  it('acknowledge later: out of order, each within a second, to the daemon that gave it', async () => {
    const { clock, poll, acks, network, seen } = start({ ack: 'later' });
    expect(poll().path).toBe('/topics/orders/messages?group=g&noAck');
    for (let offset = 0; offset < 20; offset++) {
      poll().answer(message(offset));
      await clock.settle();
    }
    network.respond = ({ method }) => (method === 'POST' ? ok({}) : undefined);
    await clock.runFor(1000);
    const offsets = acks().map(({ query }) => Number(query.get('offset')));
    expect([...offsets].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, offset) => offset));
    expect(offsets).not.toEqual([...offsets].sort((a, b) => a - b));
    expect(acks()[0]!.path).toBe(`/topics/orders/acks?group=g&partition=2&offset=${offsets[0]}`);
    expect(seen.acks.map(({ offset }) => offset)).toEqual(offsets);
    expect(seen.acks[0]).toMatchObject({
      group: 'g',
      topic: 'orders',
      partition: 2,
      daemon: 'daemon 1',
      outcome: 'noted',
    });
  });

  it('acknowledge some too late and some never, until all is to be acknowledged', async () => {
    const { clock, poll, acks, network, workload } = start({ ack: 'later', lateShare: 0.4, neverShare: 0.4 });
    network.respond = ({ method }) => (method === 'POST' ? ok({}) : undefined);
    const { ackTimeoutMs } = kindNamed('pixy').timing;
    for (let offset = 0; offset < 50; offset++) {
      poll().answer(message(offset));
      await clock.settle();
    }
    await clock.runFor(1000);
    const inTime = acks().length;
    await clock.runFor(2 * ackTimeoutMs);
    const inAll = acks().length;
    expect([inTime > 0, inAll > inTime, inAll < 50]).toEqual([true, true, true]);
    await workload.stopPosting();
    for (let offset = 50; offset < 70; offset++) {
      poll().answer(message(offset));
      await clock.settle();
    }
    await clock.runFor(1000);
    expect(acks()).toHaveLength(inAll + 20);
  });

  it('take no more than they may have in hand, while acks are not answered', async () => {
    const { clock, network, poll, polls, acks } = start({ ack: 'later' });
    let offset = 0;
    network.respond = ({ method }) => (method === 'GET' ? message(offset++) : undefined);
    poll().answer(message(offset++));
    await clock.runFor(5000);
    expect(acks().length).toBe(1);
    // The one that is being acknowledged is in hand no more.
    expect(polls().length).toBe(301);
    network.respond = ({ method }) => (method === 'GET' ? message(offset++) : ok({}));
    acks()[0]!.answer(ok({}));
    await clock.runFor(2000);
    expect(polls().length).toBeGreaterThan(600);
  });

  it('acknowledge messages of others, and write nothing down of them', async () => {
    const { clock, poll, acks, network, seen } = start({ ack: 'later' });
    network.respond = ({ method }) => (method === 'POST' ? ok({}) : undefined);
    poll().answer(message(1, 'run-2'));
    await clock.settle();
    poll().answer(ok({ key: null, value: null, partition: 0, offset: 5 }));
    await clock.runFor(1000);
    expect(
      acks()
        .map(({ query }) => query.get('offset'))
        .sort(),
    ).toEqual(['1', '5']);
    expect([seen.deliveries, seen.acks]).toEqual([[], []]);
  });

  it('write down a poll that hangs, unless its daemon was struck', async () => {
    const { clock, poll, seen, struck } = start();
    await clock.runFor(8000);
    poll().answer(failed(408, 'poll-timeout'));
    await clock.settle();
    expect(seen.hangs).toEqual([]);
    await clock.runFor(8001);
    poll().answer(failed(408, 'poll-timeout'));
    await clock.settle();
    const hang = { client: 'g orders daemon 1.1', daemon: 'daemon 1', request: 'a poll of group g for orders' };
    expect(seen.hangs).toEqual([{ ...hang, sentMs: 8000, answeredMs: 16_001 }]);
    struck.push('daemon 1');
    await clock.runFor(20_000);
    poll().answer(failed(408, 'poll-timeout'));
    await clock.settle();
    expect(seen.hangs.length).toBe(1);
  });

  it('acknowledge what they have in hand, and take what is on its way, when consuming is to stop', async () => {
    const { clock, poll, workload, network, seen } = start({ ack: 'later' });
    network.respond = ({ method }) => (method === 'POST' ? ok({}) : undefined);
    poll().answer(message(1));
    await clock.settle();
    const stopped = workload.stopConsuming();
    await clock.settle();
    poll().answer(message(2));
    await clock.runFor(10);
    await stopped;
    expect(seen.deliveries).toHaveLength(2);
    expect(seen.acks.map(({ outcome }) => outcome)).toEqual(['noted', 'noted']);
    await workload.stop();
  });

  it('end with everything that they have in hand', async () => {
    const { clock, poll, workload, network, seen } = start({ ack: 'later' });
    poll().answer(message(1));
    await clock.settle();
    const stopped = workload.stop();
    await clock.runFor(50);
    await stopped;
    expect([network.open.size, clock.pendingTimers, seen.lostAnswers, seen.acks]).toEqual([0, 0, [], []]);
  });
});
