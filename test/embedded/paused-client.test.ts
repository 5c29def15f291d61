import { describe, expect, it } from 'vitest';
import { createEmbeddedWorld } from '../../src/embedded/world.js';
import { pausableHost } from '../../src/host/pausable-host.js';
import { virtualHost } from '../../src/host/virtual-host.js';
import type { SessionEvent } from '../../src/zookeeper/port.js';
import { calm, record } from './support.js';

function pausedAndOther() {
  const host = virtualHost();
  const world = createEmbeddedWorld({ host });
  world.createTopic('t', 1);
  const process = pausableHost(host);
  return { host, world, process, seen: world.seenFrom(process) };
}

describe('a client of a process that stands still', () => {
  it('gives no sign of life: its session expires, and it learns so when the process goes on', async () => {
    const { host, world, process, seen } = pausedAndOther();
    const events: SessionEvent['type'][] = [];
    const onEvent = ({ type }: SessionEvent) => void (type !== 'answered' && events.push(type));
    const session = seen.zookeeper('', 'paused').openSession({ timeoutMs: 6000, onEvent });
    await session.create('/claim', '', 'ephemeral');
    const other = world.zookeeper('', 'other').openSession({ timeoutMs: 6000, onEvent: () => {} });
    process.pause();
    await host.clock.runFor(5000);
    expect(await other.exists('/claim')).not.toBeNull();
    await host.clock.runFor(2000);
    expect(await other.exists('/claim')).toBeNull();
    expect(events).toEqual(['connected']);
    process.resume();
    await host.clock.runUntil(() => events.length === 3);
    expect(events).toEqual(['connected', 'disconnected', 'ended']);
    await other.close();
    expect(world.describe().clients).toEqual([]);
  });

  it('sends nothing and hears nothing: what it asked for is done when the process goes on', async () => {
    const { host, world, process, seen } = pausedAndOther();
    const kafka = seen.kafka('paused');
    const broker = (await kafka.metadata(['t'], calm())).topics[0]!.partitions[0]!.leader;
    process.pause();
    const partitions = [{ topic: 't', partition: 0, records: [record('late')] }];
    let written = false;
    const produced = kafka
      .produce(broker, { requiredAcks: -1, timeoutMs: 1000, partitions }, calm())
      .then(() => (written = true));
    await host.clock.runFor(60_000);
    const end = () => world.describe().kafka.topics[0]!.partitions[0]!.endOffset;
    expect([end(), written]).toEqual([0, false]);
    process.resume();
    await produced;
    expect(end()).toBe(1);
    await kafka.close();
  });
});
