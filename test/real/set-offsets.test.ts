import { afterEach, describe, expect, it } from 'vitest';
import { SharedGroup } from '../interop/shared-group.js';
import { eventually, type TopicClient } from '../support/real-daemon.js';

const groups: SharedGroup[] = [];
afterEach(async () => {
  for (const group of groups.splice(0)) await group.end();
});

async function set(client: TopicClient, group: string, offsets: readonly { partition: number; offset: number }[]) {
  const response = await fetch(`${client.url}/offsets?group=${group}`, {
    method: 'POST',
    body: JSON.stringify(offsets),
  });
  return { status: response.status, body: (await response.json()) as { warning?: string } };
}

describe('offsets set while a group consumes', () => {
  it('take effect on whichever daemon owns the partition; a member of another program is named, since it may overwrite them', async () => {
    const shared = new SharedGroup(3);
    groups.push(shared);
    await shared.create();
    const daemons = [await shared.daemon(), await shared.daemon()];
    const peer = await shared.peer('z-peer');
    await shared.settledOn(...daemons.map(({ memberId }) => memberId), 'z-peer');
    for (let n = 0; n < 10; n++) await shared.post(3);
    await shared.allConsumed();
    expect(shared.repeated()).toEqual([]);

    const owners = await shared.owners();
    const asked = daemons[0]!;
    const positions = [0, 1, 2].map((partition) => ({ partition, offset: 7 }));
    const answer = await set(asked.client, shared.group, positions);
    expect(answer.status).toBe(200);
    expect(answer.body.warning).toContain('z-peer');

    const again = (partition: number) => [7, 8, 9].map((offset) => `${partition}/${offset}`);
    const ofDaemons = daemons.flatMap(({ memberId }) => owners[memberId]!.flatMap(again));
    await eventually(async () => (shared.repeated().length === ofDaemons.length ? true : undefined), 'consumed again');
    expect(shared.repeated().sort()).toEqual(ofDaemons.sort());
    // The member of the other program went on where it was, and its next commit says so.
    await shared.post(3);
    await shared.allConsumed();
    await eventually(
      async () => ((await shared.committed()).every((offset) => offset === 11) ? true : undefined),
      'all is committed',
    );

    await peer.leave();
    for (const { leave } of daemons) await leave();
    const late = await shared.daemon({ polls: false });
    expect(await set(late.client, shared.group, positions)).toEqual({ status: 200, body: {} });
    expect(await shared.committed()).toEqual([7, 7, 7]);
  });
});
