import type { Bus } from '../../src/actors/bus/types.js';
import { virtualHost } from '../../src/host/virtual-host.js';
import { flushEveryMs, Hub } from '../../src/inspector/hub.js';
import type { InspectedDaemon } from '../../src/inspector/inspected.js';
import { World } from '../../src/inspector/page/model/world.js';
import { world as probes } from '../actors/bus/support.js';
import { FakeSocket } from './fake-socket.js';

/** Buses of probes on one clock, and a hub that looks at them. */
export function stage() {
  const host = virtualHost();
  const daemons: InspectedDaemon[] = [];
  const nexts: number[] = [];
  const hub = new Hub({
    daemons: () => daemons,
    clock: host.clock,
    product: 'kafka-pixy test',
    wallAtZeroMs: 5,
    onNext: () => nexts.push(host.clock.nowMs()),
  });
  const bus = (name = '') => {
    const made = probes({ host, name });
    daemons.push({ bus: made.bus, memberIds: { c: `member${name}` }, listens: () => [] });
    return made;
  };
  const join = (): FakeSocket => {
    const socket = new FakeSocket();
    socket.onClosed = () => hub.leave(socket);
    hub.join(socket);
    return socket;
  };
  const flush = () => host.clock.runFor(flushEveryMs);
  return { host, hub, daemons, nexts, bus, join, flush };
}

/** Whether somebody watches: only then a snapshot is put together. */
export const isTapped = (bus: Bus): boolean => (bus as unknown as { taps: { listening: boolean } }).taps.listening;

/** As a page has it that was given all that this socket was given. */
export function folded(socket: FakeSocket): World {
  const [head] = socket.answers('head');
  const world = new World(head!);
  world.applyAll(socket.records);
  return world;
}

export const livingIn = (world: World): string[] =>
  [...world.actors.values()]
    .filter(({ goneAtMs }) => goneAtMs === undefined)
    .map(({ address, value }) => `${address} ${JSON.stringify(value)}`)
    .sort();
