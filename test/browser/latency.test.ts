import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createBus } from '../../src/actors/bus/bus.js';
import { realHost } from '../../src/host/real-host.js';
import { at, Diary, probe } from '../actors/bus/support.js';
import { inspect } from './support/inspected-world.js';
import { keyLatencyOf } from './support/key-latency.js';
import { browserPages } from './support/pages.js';

const pages = browserPages();
const actors = 5000;
const changesPerSecond = 200;
const everyMs = 50;

/** Tells its actors so many events a second, each of which changes a state. */
function busyBus() {
  const bus = createBus({
    host: realHost(),
    log: pino({ level: 'silent' }),
    onFatal: () => {},
    actorsMax: actors + 10,
  });
  const addresses = Array.from({ length: actors }, (_, n) => {
    const [group, topic, partition] = [Math.floor(n / 500), Math.floor(n / 50) % 10, n % 50];
    return at(`default/group/g${group}/topic/t${topic}/partition/${partition}`);
  });
  for (const address of addresses) bus.spawn(probe(), address, new Diary());
  let changes = 0;
  const timer = setInterval(() => {
    for (let n = 0; n < (changesPerSecond * everyMs) / 1000; n++) {
      const round = Math.floor(changes / actors);
      // A step that has no factor in common with their number reaches every one of them.
      bus.tell(addresses[(changes++ * 37) % actors]!, { type: round % 2 === 0 ? 'close' : 'open' });
    }
  }, everyMs);
  const end = async () => {
    clearInterval(timer);
    await bus.close();
  };
  return { bus, end, changes: () => changes };
}

it(`shows the effect of keys while ${actors} actors change ${changesPerSecond} times a second`, async () => {
  const { bus, end, changes } = busyBus();
  const inspector = await inspect(() => [{ bus, memberIds: { default: 'member' }, listens: () => [] }]);
  pages.ending.push(end, () => inspector.close(1000));
  const page = await pages.open(`http://${inspector.address}/`, { hash: '#actors' });
  await page
    .getByText(`${actors.toLocaleString('en')} actors`)
    .first()
    .waitFor();
  const keys = await keyLatencyOf(page);
  const took: Record<string, number[]> = { search: [], arrow: [], view: [], fold: [] };
  const before = { changes: changes(), atMs: performance.now() };

  const found = `document.querySelector('.actors-search [role=status]').textContent`;
  const cursor = `document.querySelector('[role=tree]').getAttribute('aria-activedescendant')`;
  const tab = `document.querySelector('[role=tab][aria-selected=true]').id`;
  const opened = `document.querySelector('[role=treeitem]').getAttribute('aria-expanded')`;
  for (const sought of ['12', '23', '34', '45', '17', '28']) {
    await page.keyboard.press('/');
    for (const key of [...sought, 'Backspace', 'Backspace', sought[1]!, 'Backspace'])
      took['search']!.push(await keys.press(key, found));
    await page.keyboard.press('Enter');
    await page.keyboard.press('Home');
    for (let n = 0; n < 20; n++) took['arrow']!.push(await keys.press('ArrowDown', cursor));
    await page.keyboard.press('Home');
    for (const key of ['ArrowLeft', 'ArrowRight']) took['fold']!.push(await keys.press(key, opened));
    for (const key of ['3', '4', '1', '2', '1', '2']) took['view']!.push(await keys.press(key, tab));
  }

  const perSecond = ((changes() - before.changes) / (performance.now() - before.atMs)) * 1000;
  const all = Object.values(took).flat();
  console.log(
    [
      `${all.length} keys while ${actors} actors changed ${Math.round(perSecond)} times a second, key to frame:`,
      ...Object.entries({ ...took, all }).map(([kind, ms]) => `  ${kind.padEnd(7)} ${figures(ms)}`),
    ].join('\n'),
  );
  expect(all.length).toBeGreaterThanOrEqual(200);
});

function figures(took: readonly number[]): string {
  const sorted = [...took].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!.toFixed(0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms (${sorted.length})`;
}
