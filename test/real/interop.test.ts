import { afterEach, describe, expect, it } from 'vitest';
import { SharedGroup } from '../interop/shared-group.js';
import { eventually, type Message, type TopicClient } from '../support/real-daemon.js';

const groups: SharedGroup[] = [];
afterEach(async () => {
  for (const group of groups.splice(0)) await group.end();
});

async function sharedGroup(partitions: number): Promise<SharedGroup> {
  const group = new SharedGroup(partitions);
  groups.push(group);
  await group.create();
  return group;
}

/** A message, if there is one, that the client acknowledges by itself. */
async function getUnacked(client: TopicClient, group: string): Promise<Message[]> {
  const response = await fetch(`${client.url}/messages?group=${group}&noAck`);
  const body = (await response.json()) as Message;
  return response.status === 200 ? [body] : [];
}

async function ack(client: TopicClient, group: string, offset: number): Promise<void> {
  const response = await fetch(`${client.url}/acks?group=${group}&partition=0&offset=${offset}`, { method: 'POST' });
  expect([response.status, await response.text()]).toEqual([200, '{}']);
}

describe('a group shared with another implementation of the same nodes', () => {
  it.each([
    [1, ['daemon', 'a-peer', 'z-peer']],
    [4, ['a-peer', 'daemon', 'Z_PEER.1', 'daemon']],
    [7, ['daemon', 'daemon', 'pixz', 'pixy', '10']],
  ])('splits a topic of %i as both sides compute it, whoever comes and goes', async (partitions, whoComes) => {
    const shared = await sharedGroup(partitions);
    const joined: { memberId: string; leave(): Promise<void> }[] = [];
    const ids = () => joined.map(({ memberId }) => memberId);
    for (const who of whoComes) {
      if (who === 'daemon') joined.push(await shared.daemon());
      else {
        const peer = await shared.peer(who);
        joined.push({ memberId: who, leave: () => peer.leave() });
      }
      await shared.settledOn(...ids());
    }
    while (joined.length > 1) {
      await joined.shift()!.leave();
      await shared.settledOn(...ids());
    }
  });

  it('hands partitions over in both directions without losing or repeating a message', async () => {
    const shared = await sharedGroup(5);
    const posting = shared.keepPosting();
    const first = await shared.daemon();
    await shared.settledOn(first.memberId);
    await shared.everybodyConsumes();
    const low = await shared.peer('a-peer');
    await shared.settledOn(first.memberId, 'a-peer');
    await shared.everybodyConsumes();
    const second = await shared.daemon();
    await shared.settledOn(first.memberId, 'a-peer', second.memberId);
    await shared.everybodyConsumes();
    await low.leave();
    await shared.settledOn(first.memberId, second.memberId);
    await shared.peer('z-peer');
    await shared.settledOn(first.memberId, second.memberId, 'z-peer');
    await shared.everybodyConsumes();
    await first.leave();
    await shared.settledOn(second.memberId, 'z-peer');
    await shared.post(20);
    await posting.stop();
    await shared.allConsumed();
    expect(shared.repeated()).toEqual([]);
  });

  it('goes on when a member of either side is killed; only what was not committed comes again', async () => {
    const shared = await sharedGroup(4);
    const posting = shared.keepPosting();
    const doomed = await shared.killableDaemon();
    const peer = await shared.peer('z-peer');
    await shared.settledOn(doomed.memberId, 'z-peer');
    await shared.everybodyConsumes();
    await doomed.kill();
    const atFirst = await shared.committed();
    await shared.settledOn('z-peer');
    const last = await shared.daemon();
    await shared.settledOn(last.memberId, 'z-peer');
    const repeatedAtFirst = shared.repeated();
    await shared.everybodyConsumes();
    await peer.kill();
    const thereafter = await shared.committed();
    await shared.settledOn(last.memberId);
    await posting.stop();
    await shared.allConsumed();
    const wasCommitted = (at: string, committed: number[]) => {
      const [partition, offset] = at.split('/').map(Number);
      return offset! < committed[partition!]!;
    };
    expect(repeatedAtFirst.filter((at) => wasCommitted(at, atFirst))).toEqual([]);
    const later = shared.repeated().filter((at) => !repeatedAtFirst.includes(at));
    expect(later.filter((at) => wasCommitted(at, thereafter))).toEqual([]);
  });

  it('consumes on a daemon what a member of another implementation left unacknowledged, by its sparse acks', async () => {
    const shared = await sharedGroup(1);
    const peer = await shared.peer('a-peer', { holds: ({ offset }) => [0, 2, 5].includes(offset) });
    await shared.settledOn('a-peer');
    await shared.post(9);
    await eventually(async () => (peer.messages.length === 9 ? true : undefined), 'the peer has all');
    await peer.leave();
    // Acknowledged are 1, 3, 4, 6, 7 and 8: ranges [1,2) [3,5) [6,9) above 0.
    expect(await shared.kafka.committed(shared.group, shared.topic, 0)).toEqual({ offset: 0, metadata: 'BBBCBD' });
    const daemon = await shared.daemon();
    await eventually(async () => (daemon.messages.length >= 3 ? true : undefined), 'the daemon has the rest');
    await shared.post(1);
    await eventually(async () => (daemon.messages.length >= 4 ? true : undefined), 'the daemon goes on behind them');
    expect(daemon.messages.map(({ offset }) => offset)).toEqual([0, 2, 5, 9]);
    await daemon.leave();
    expect(await shared.kafka.committed(shared.group, shared.topic, 0)).toEqual({ offset: 10, metadata: '' });
  });

  it('commits sparse acks of a daemon as another implementation reads them', async () => {
    const shared = await sharedGroup(1);
    const { client, leave } = await shared.daemon({ polls: false });
    await shared.post(9);
    const given: Message[] = [];
    while (given.length < 9) given.push(...(await getUnacked(client, shared.group)));
    for (const offset of [1, 3, 4, 6, 7, 8]) await ack(client, shared.group, offset);
    await leave();
    expect(await shared.kafka.committed(shared.group, shared.topic, 0)).toEqual({ offset: 0, metadata: 'BBBCBD' });
    const peer = await shared.peer('a-peer');
    await eventually(async () => (peer.messages.length >= 3 ? true : undefined), 'the peer has the rest');
    await shared.post(1);
    await eventually(async () => (peer.messages.length >= 4 ? true : undefined), 'the peer goes on behind them');
    expect(peer.messages.map(({ offset }) => offset)).toEqual([0, 2, 5, 9]);
  });

  it('keeps an offset whose metadata is no sparse acks, and begins where -1 or -2 is stored as the newest and the oldest', async () => {
    const shared = await sharedGroup(3);
    for (let n = 0; n < 5; n++) await shared.post(3);
    await shared.store(0, 3, 'written by somebody: not sparse acks');
    await shared.store(1, -1);
    await shared.store(2, -2);
    const daemon = await shared.daemon();
    await shared.settledOn(daemon.memberId);
    await eventually(async () => (daemon.messages.length >= 7 ? true : undefined), 'what was there is consumed');
    await shared.post(3);
    await eventually(async () => (daemon.messages.length >= 10 ? true : undefined), 'what came is consumed');
    const given = [0, 1, 2].map((at) =>
      daemon.messages.filter(({ partition }) => partition === at).map((m) => m.offset),
    );
    expect(given).toEqual([[3, 4, 5], [5], [0, 1, 2, 3, 4, 5]]);
    await daemon.leave();
    expect(await shared.committed()).toEqual([6, 6, 6]);
  });
});
