import { describe, expect, it } from 'vitest';
import type { Bus } from '../../src/actors/bus/types.js';
import { World } from '../../src/inspector/page/model/world.js';
import { protocolVersion, type ActorPicture, type Recording, type StreamHead } from '../../src/inspector/protocol.js';
import { recordFlights, recordingText } from '../../src/inspector/recording.js';
import { at, crash, world as probes, type World as Probes } from '../actors/bus/support.js';
import { ConsumeWorld, numbered } from '../actors/consume/consume-world.js';

const head: StreamHead = { protocol: protocolVersion, product: 'a test', daemons: [], wallAtZeroMs: 0 };

const inspected = (bus: Bus) => ({ bus, memberIds: {}, listens: () => [] });
const recordingOf = (...buses: Bus[]): Recording => recordFlights(buses.map(inspected), head);

function folded(recording: Recording): World {
  const world = new World(recording.head);
  world.applyAll(recording.records);
  return world;
}

type Shown = Omit<ActorPicture, 'startedAtMs'>;

/** Those that live, as the page has them in the end. */
const shown = (world: World): Shown[] =>
  [...world.actors.values()]
    .filter(({ goneAtMs }) => goneAtMs === undefined)
    .map(({ address, kind, parent, incarnation, value, tags, restarts, sample }) => ({
      address,
      kind,
      ...(parent !== undefined && { parent }),
      incarnation,
      ...(value !== undefined && { value }),
      tags: [...tags].sort(),
      restarts,
      ...sample,
    }))
    .sort(byAddress);

/** Those that live, as the bus says. */
function live({ bus, name }: { bus: Bus; name: string }): Shown[] {
  const display = (address: string) => (name === '' ? address : `${name}:${address}`);
  const held = new Set(bus.actors().map(({ address }) => address));
  return bus.actors().map(({ startedAtMs: _, address, value, tags, ...info }) => {
    let above = address;
    do above = above.slice(0, Math.max(0, above.lastIndexOf('/')));
    while (above !== '' && !held.has(above));
    return {
      ...info,
      address: display(address),
      value: value as string,
      tags: [...tags].sort(),
      ...(address !== '' && held.has(above) && { parent: display(above) }),
    };
  });
}

const byAddress = (a: Shown, b: Shown) => (a.address < b.address ? -1 : 1);

const expectTheSame = (...buses: Bus[]) => {
  const world = folded(recordingOf(...buses));
  expect(shown(world)).toEqual(buses.flatMap((bus) => live({ bus, name: bus.name })).sort(byAddress));
  return world;
};

const inOrder = ({ records }: Recording): boolean =>
  records.every(({ atMs }, index) => index === 0 || records[index - 1]!.atMs <= atMs);

describe('a recording of the flight recorders', () => {
  it('comes out at what is there, of several daemons that take partitions from each other', async () => {
    const w = new ConsumeWorld({ cluster: { consumer: { subscriptionTimeoutMs: 8000 } } });
    w.world.createTopic('t', 4);
    for (let partition = 0; partition < 4; partition++) await w.store(0, { partition });
    const start = (name: string) => {
      const daemon = w.start(`member-${name}`, { name });
      daemon.keepPolling();
      return daemon;
    };
    const d1 = start('d1');
    await w.write(numbered(20, 'm'));
    await w.runFor(3000);
    const d2 = start('d2');
    await w.runFor(5000);
    expectTheSame(d1.bus, d2.bus);

    const owned = d1.bus.actors().find(({ kind }) => kind === 'partition-owner')!.address;
    await d1.crash(owned.replace(/^c\//, ''));
    expectTheSame(d1.bus, d2.bus);
    await w.runFor(2000);
    d2.stopPolling();
    await w.runFor(20_000);
    const world = expectTheSame(d1.bus, d2.bus);
    expect(world.actors.get(`d1:${owned}`)).toMatchObject({ incarnation: 2, restarts: 1 });
    const recording = recordingOf(d1.bus, d2.bus);
    expect(inOrder(recording)).toBe(true);
    const daemonsWithStates = recording.records.flatMap(({ type, address }) =>
      type === 'state' ? [address.slice(0, 3)] : [],
    );
    expect(new Set(daemonsWithStates)).toEqual(new Set(['d1:', 'd2:']));
    await w.close();
  });

  it('begins with those that lived already, as far back as is known', async () => {
    const w = probes({ name: 'd1' });
    w.spawn('old');
    await rest(w);
    for (let turn = 0; turn < 100; turn++) await turnOnce(w, 'old');
    w.spawn('young');
    await rest(w);
    const { records } = recordingOf(w.bus);
    expect(records[0]).toMatchObject({ type: 'actor', address: 'd1:old', actor: { kind: 'probe', value: 'open' } });
    expect(records.filter(({ type }) => type === 'actor')).toHaveLength(1);
    expect(records.filter(({ type }) => type === 'spawn')).toMatchObject([{ address: 'd1:young' }]);
    expectTheSame(w.bus);
  });

  it('tells one who took an address from the one who had it before', async () => {
    const w = probes();
    for (let life = 0; life < 2; life++) {
      w.spawn('a');
      await rest(w);
      for (let turn = 0; turn < 100; turn++) await turnOnce(w, 'a');
      if (life === 0) await w.bus.stop(at('a'));
    }
    const recording = recordingOf(w.bus);
    const turns = recording.records.flatMap(({ type }) => (type === 'actor' || type === 'end' ? [type] : []));
    expect(turns).toEqual(['actor', 'end', 'actor']);
    expect(inOrder(recording)).toBe(true);
    expectTheSame(w.bus);
  });

  it('has one that is to be restarted, one that did not run yet, and one that restarts again and again', async () => {
    const w = probes();
    for (const address of ['crashing', 'crashed']) w.spawn(address, { restart: { ...patient } });
    await rest(w);
    for (let turn = 0; turn < 100; turn++) {
      w.bus.tell(at('crashing'), crash());
      await w.host.clock.runFor(10);
    }
    w.bus.tell(at('crashed'), crash());
    await rest(w);
    w.spawn('crashed/young');
    w.spawn('new');
    const world = expectTheSame(w.bus);
    expect(world.actors.get('crashed')!.value).toBe('restarting');
    expect(world.actors.get('new')!.value).toBe('starting');
    expect(world.actors.get('crashing')!.restarts).toBe(100);
  });

  it('is of no more than a bounded length, whatever the number of actors', async () => {
    const w = probes();
    const count = 600;
    for (let actor = 0; actor < count; actor++) w.spawn(`a${actor}`);
    await w.rest();
    for (let turn = 0; turn < 25; turn++) {
      for (let actor = 0; actor < count; actor++) {
        w.bus.tell(at(`a${actor}`), { type: 'close' });
        w.bus.tell(at(`a${actor}`), { type: 'open' });
      }
      await rest(w);
    }
    const recording = recordingOf(w.bus);
    // 102 entries of each are kept; of each there is one record more at the beginning, and one at the end.
    expect(recording.records.length).toBeGreaterThan(45_000);
    expect(recording.records.length).toBeLessThanOrEqual(50_000 + 2 * count);
    expectTheSame(w.bus);
    const pieces = [...recordingText(recording)];
    expect(pieces.join('').trimEnd() === JSON.stringify(recording)).toBe(true);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(200_000);
  }, 30_000);

  it('is a recording even when there is nothing in it', () => {
    const recording = recordFlights([], head);
    expect(JSON.parse([...recordingText(recording)].join(''))).toEqual({
      format: 'kafka-pixy-recording',
      head,
      source: 'flight recorders',
      records: [],
    });
  });
});

const patient = { backoffMs: 5, backoffMaxMs: 5, restartsMax: 1000, windowMs: 60_000 };

async function rest(w: Probes): Promise<void> {
  for (let round = 0; round < 4; round++) await w.rest();
}

async function turnOnce(w: Probes, address: string): Promise<void> {
  w.bus.tell(at(address), { type: 'close' });
  w.bus.tell(at(address), { type: 'open' });
  await w.rest();
}
