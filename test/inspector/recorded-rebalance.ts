import type { BusRecord } from '../../src/actors/bus/types.js';
import { actorPicture, inspectRecord } from '../../src/inspector/translate.js';
import {
  protocolVersion,
  type GroupPicture,
  type InspectRecord,
  type Recording,
} from '../../src/inspector/protocol.js';
import { ConsumeWorld, numbered, type TestDaemon } from '../actors/consume/consume-world.js';

const group = 'g';
const topic = 't';
const partitions = 8;

/** What happens when in `recordedRebalance`, in virtual milliseconds. */
export const rebalanceStory = {
  d2JoinsAtMs: 6000,
  d3JoinsAtMs: 12_000,
  d2StopsAskingAtMs: 18_000,
  d1LosesItsSessionAtMs: 34_000,
  d3IsCutOffAtMs: 46_000,
  d3IsHealedAtMs: 66_000,
  endAtMs: 76_000,
} as const;

/** How ZooKeeper has the group, read from the world's nodes. */
function groupPicture(world: ConsumeWorld): GroupPicture {
  const members = world.members(group).map((id) => ({ id, topics: [topic] }));
  const owners = Object.entries(world.owners({ group, topic })).flatMap(([member, owned]) =>
    owned.map((partition) => ({ topic, partition, member, sessionId: '' })),
  );
  return { cluster: 'c', group, members, owners: owners.sort((a, b) => a.partition - b.partition) };
}

/**
 * Three daemons in one embedded world on virtual time: they join one after the other, one stops asking, one loses its
 * session, one is cut off from ZooKeeper and comes back. As the inspector would record it, with nothing left out.
 */
export async function recordedRebalance(): Promise<Recording> {
  const world = new ConsumeWorld({
    cluster: { zookeeper: { sessionTimeoutMs: 6000 }, consumer: { subscriptionTimeoutMs: 8000 } },
  });
  const records: InspectRecord[] = [];
  world.world.createTopic(topic, partitions);
  for (let partition = 0; partition < partitions; partition++) await world.store(0, { partition });

  const start = (name: string): TestDaemon => {
    const daemon = world.start(`member-${name}`, { name });
    daemon.bus.tap((record: BusRecord) => records.push(inspectRecord(record)));
    daemon.keepPolling({ group, topic });
    return daemon;
  };
  const samplesOf = ({ bus }: TestDaemon): void => {
    for (const info of bus.actors()) {
      const { address, mailboxLength, openAsks, load } = actorPicture(info, (plain) => `${bus.name}:${plain}`);
      records.push({
        type: 'sample',
        atMs: world.host.clock.nowMs(),
        address,
        sample: { mailboxLength, openAsks, load },
      });
    }
  };
  let written = 0;
  const runUntil = async (atMs: number): Promise<void> => {
    while (world.host.clock.nowMs() < atMs) {
      await world.write(numbered(2, `m${written}-`), { partition: written++ % partitions });
      for (const daemon of world.daemons) samplesOf(daemon);
      const place = { atMs: world.host.clock.nowMs(), address: 'd1:' };
      records.push({ ...place, type: 'group', group: groupPicture(world) });
      await world.runFor(500);
    }
  };
  const remark = (text: string): void =>
    void records.push({ type: 'remark', atMs: world.host.clock.nowMs(), address: '', text });

  const d1 = start('d1');
  await runUntil(rebalanceStory.d2JoinsAtMs);
  remark('d2 joins');
  const d2 = start('d2');
  await runUntil(rebalanceStory.d3JoinsAtMs);
  remark('d3 joins');
  const d3 = start('d3');
  await runUntil(rebalanceStory.d2StopsAskingAtMs);
  remark('nobody asks d2 any more');
  d2.stopPolling();
  await runUntil(rebalanceStory.d1LosesItsSessionAtMs);
  remark('the session of d1 expires');
  const { sessions } = world.world.describe().zookeeper;
  world.world.faults.zookeeper.sessionExpired(sessions.find(({ client }) => client === d1.memberId)!.id);
  await runUntil(rebalanceStory.d3IsCutOffAtMs);
  remark('d3 is cut off from ZooKeeper');
  world.world.faults.zookeeper.clientCut(d3.memberId);
  await runUntil(rebalanceStory.d3IsHealedAtMs);
  remark('d3 reaches ZooKeeper again');
  world.world.faults.zookeeper.clientHealed(d3.memberId);
  await runUntil(rebalanceStory.endAtMs);

  const recorded = [...records];
  await world.close();
  return {
    format: 'kafka-pixy-recording',
    head: {
      protocol: protocolVersion,
      product: 'kafka-pixy (a test)',
      daemons: ['d1', 'd2', 'd3'].map((name) => ({ name, memberIds: { c: `member-${name}` }, listens: [] })),
      wallAtZeroMs: world.host.clock.wallMs() - world.host.clock.nowMs(),
    },
    source: 'a test',
    records: recorded,
  };
}
