import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { findMachines } from '../../scripts/check/machines.js';
import { addressOf } from '../../src/actors/addresses.js';
import type { ProduceReply, ProduceRequest } from '../../src/actors/requests.js';
import { ConsumeWorld, numbered } from '../actors/consume/consume-world.js';

const document = readFileSync(new URL('../../docs/INSPECTOR.md', import.meta.url), 'utf8');

/** The names in the table below the heading of this kind. */
function documented(kind: string): string[] {
  const section = document.split(/^#+ /m).find((text) => text.startsWith(`\`${kind}\`\n`)) ?? '';
  return [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name!);
}

/** Names of the numbers that actors really show, by kind. */
const shown = new Map<string, string[]>();

/** One daemon, at work in both directions, so that an actor of every kind lives. */
beforeAll(async () => {
  const w = new ConsumeWorld();
  w.world.createTopic('t', 1);
  await w.store(0);
  await w.write(numbered(2));
  const d = w.start();
  await d.takeUnacked();
  await d.ack(0);
  const post: ProduceRequest = { type: 'produce', key: null, value: Buffer.from('m'), headers: [], sync: true };
  await w.done(d.bus.ask<ProduceReply>(addressOf.producer('c', 't'), post, { deadlineMs: 5000 }));
  for (const { kind, load } of d.bus.actors()) shown.set(kind, Object.keys(load));
  await w.close();
});

describe('the numbers in docs/INSPECTOR.md', async () => {
  const kinds = (await findMachines()).map(({ machine }) => machine.id);

  it('are those of every kind of actor that there is', () => {
    expect([...shown.keys()].sort()).toEqual(kinds);
    const headings = [...document.matchAll(/^#+ `([\w-]+)`$/gm)].map(([, kind]) => kind!);
    expect(headings.sort()).toEqual(kinds);
  });

  it.each(kinds)('are those that a %s shows', (kind) => {
    expect(documented(kind)).toEqual(shown.get(kind));
    expect(documented(kind).length).toBeGreaterThan(0);
  });
});
