import { byteUses, type ByteBudget } from '../actors/byte-budget.js';
import type { ClusterConfig } from '../config/config.js';
import type { EmbeddedWorld } from '../embedded/world.js';
import type { SimulatedDaemon } from './daemon.js';
import type { FaultRecord } from '../verdict/history.js';
import { strikes } from '../verdict/places.js';
import type { Recorder } from './recorder.js';

export interface HandedOver {
  readonly daemon: SimulatedDaemon;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly askedMs: number;
  readonly handedMs: number;
}

/** Holds the world against what must be true at every moment, while a run goes on. */
export class Invariants {
  readonly #world: EmbeddedWorld;
  readonly #recorder: Recorder;
  readonly #config: ClusterConfig;
  /** Of the actors of a kind: what they may hold, and how much of it. */
  readonly #limits: ReadonlyMap<string, { readonly load: string; readonly max: number }>;

  constructor(world: EmbeddedWorld, recorder: Recorder, config: ClusterConfig) {
    this.#world = world;
    this.#recorder = recorder;
    this.#config = config;
    const { consumer, producer } = config;
    this.#limits = new Map([
      ['partition-owner', { load: 'offered', max: consumer.pendingMessagesMax }],
      ['subscription', { load: 'polls', max: consumer.pollsWaitingMax }],
      ['topic-producer', { load: 'accepted', max: producer.queueMessagesMax }],
    ]);
  }

  /**
   * *double owner*: a message is handed over by a daemon whose claim does not stand, which is one under a session of this very
   * process: a node that an earlier process of its name has left is none. It may be so for as long as its lease runs when a
   * server ended the session by itself, and for the one answer that a process was just writing when it was frozen.
   */
  handedOver({ daemon, group, topic, partition, offset, askedMs, handedMs }: HandedOver): void {
    const path = `/consumers/${encodeURIComponent(group)}/owners/${topic}/${partition}`;
    const node = this.#world.zookeeperNode(path);
    if (node?.ephemeralOwner && daemon.hasSession(node.ephemeralOwner)) return;
    const leaseMs = (this.#config.zookeeper.sessionTimeoutMs * 2) / 3;
    const mayExcuse = (fault: FaultRecord): boolean =>
      fault.costs.includes('lease') &&
      fault.fromMs <= handedMs &&
      fault.toMs >= askedMs - leaseMs &&
      strikes(fault, daemon.name);
    if (this.#recorder.faults.some(mayExcuse)) return;
    const holder = node ? `${node.data} holds the claim, under another session` : 'nobody holds the claim';
    this.#recorder.breach(
      'double owner',
      `${daemon.memberId} handed over ${topic}/${partition}@${offset} for group ${group}, but ${holder}`,
    );
  }

  /** *over the limit*: something holds more than it may. */
  sample(daemon: SimulatedDaemon): void {
    for (const { address, kind, load } of daemon.bus.actors()) {
      const limit = this.#limits.get(kind);
      if (!limit || Number(load[limit.load] ?? 0) <= limit.max) continue;
      const excess = `${load[limit.load]} ${limit.load}, of ${limit.max}`;
      this.#recorder.breach('over the limit', `${daemon.name}:${address} has ${excess}`);
    }
    this.#sampleBytes(daemon.name, daemon.budget);
  }

  /** A process has come to its end: nothing of it is left. */
  ended(daemon: SimulatedDaemon): void {
    const { name, bus, budget } = daemon;
    for (const { address } of bus.actors())
      this.#recorder.breach('actor without end', `${name}:${address} lives on in a process that has ended`);
    for (const use of byteUses) {
      if (budget.held(use) !== 0)
        this.#recorder.breach(
          'bytes not given back',
          `${name} has ended, and holds ${budget.held(use)} bytes as ${use}`,
        );
    }
  }

  /** What was on its way to a broker when the process ended is done by the broker, and is over as well. */
  endedLongAgo({ name, timersArmed }: SimulatedDaemon): void {
    if (timersArmed > 0)
      this.#recorder.breach('timer left', `${name} has ended, and ${timersArmed} of its timers are armed`);
  }

  #sampleBytes(name: string, budget: ByteBudget): void {
    for (const use of byteUses) {
      if (budget.held(use) > budget.limit(use))
        this.#recorder.breach('over the limit', `${name} holds ${budget.held(use)} bytes as ${use}`);
    }
  }
}
