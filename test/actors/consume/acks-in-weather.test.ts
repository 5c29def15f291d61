import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/host/virtual-host.js';
import { decodeSparseAcks } from '../../../src/machines/sparse-acks.js';
import { inWorld, numbered, type ConsumeWorld, type TestDaemon } from './consume-world.js';

const partitions = [0, 1];
const perPartition = 60;

/** Clients of one group, some careless, on daemons that come and go; and what each of them has said. */
class Clients {
  /** `partition:offset` of what some client had dealt with when it said so. */
  readonly done = new Set<string>();
  readonly #w: ConsumeWorld;
  readonly #random: () => number;
  #careless = 0.4;

  constructor(w: ConsumeWorld, seed: number) {
    this.#w = w;
    const random = seededRandom(seed);
    this.#random = () => random.next();
  }

  get random(): number {
    return this.#random();
  }

  /** From now on everybody acknowledges. */
  reform(): void {
    this.#careless = 0;
  }

  use(daemon: TestDaemon, stopped: () => boolean): void {
    const loop = async () => {
      while (!stopped()) {
        const auto = this.random < 0.2;
        const polled = await daemon.poll({ ack: auto ? 'auto' : 'none', deadlineMs: 1000 });
        if (typeof polled === 'string') {
          if (!polled.startsWith('deadline')) await daemon.pause(100);
          continue;
        }
        const { partition, offset, receipt } = polled;
        const careless = this.random < this.#careless;
        if (careless && this.random < 0.3) {
          receipt.returned();
          continue;
        }
        if (auto) this.done.add(`${partition}:${offset}`);
        receipt.written();
        if (auto || careless) continue;
        void daemon.pause(this.random * 3000).then(() => {
          this.done.add(`${partition}:${offset}`);
          void daemon.ack(offset, { partition });
        });
      }
    };
    void loop();
  }

  /** What is committed and nobody has dealt with. */
  skipped(): string[] {
    return partitions.flatMap((partition) => {
      const [text = '0', metadata = ''] = this.#w.committed(partition)?.split(':') ?? [];
      const base = Number(text);
      const acked = Array.from({ length: base }, (_, offset) => offset);
      for (const { from, to } of decodeSparseAcks(BigInt(base), metadata))
        for (let offset = Number(from); offset < Number(to); offset++) acked.push(offset);
      return acked.map((offset) => `${partition}:${offset}`).filter((message) => !this.done.has(message));
    });
  }
}

describe('clients that acknowledge late, twice or never, on daemons that come and go', () => {
  it.each(Array.from({ length: 8 }, (_, seed) => seed + 1))(
    'are skipped no message and are given all, seed %i',
    (seed) =>
      inWorld(
        { cluster: { consumer: { ackTimeoutMs: 4000, releaseTimeoutMs: 2000, pendingMessagesMax: 10 } } },
        async (w) => {
          w.world.createTopic('t', partitions.length);
          for (const partition of partitions) {
            await w.store(0, { partition });
            await w.write(numbered(perPartition), { partition });
          }
          const clients = new Clients(w, seed);
          const living: { readonly daemon: TestDaemon; stopped: boolean }[] = [];
          const start = () => {
            const entry = { daemon: w.start(), stopped: false };
            living.push(entry);
            for (let client = 0; client < 3; client++) clients.use(entry.daemon, () => entry.stopped);
          };
          start();
          for (let step = 0; step < 25; step++) {
            await w.runFor(clients.random * 4000);
            expect(clients.skipped()).toEqual([]);
            const chosen = living[Math.floor(clients.random * living.length)]!;
            const what = Math.floor(clients.random * 6);
            if (what === 0 && living.length < 3) start();
            else if (what === 1 && living.length > 1) {
              living.splice(living.indexOf(chosen), 1);
              if (clients.random < 0.5) await chosen.daemon.drain();
              else await chosen.daemon.kill();
              chosen.stopped = true;
            } else if (what === 2) {
              const owner = `group/g/topic/t/partition/${clients.random < 0.5 ? 0 : 1}`;
              if (chosen.daemon.bus.holds(`c/${owner}`)) await chosen.daemon.crash(owner);
            } else if (what === 3)
              w.world.faults.kafka.requestLost({ api: 'commitOffsets', client: chosen.daemon.memberId }, 2);
            else if (what === 4)
              w.world.faults.kafka.replyLost({ api: 'commitOffsets', client: chosen.daemon.memberId });
          }
          clients.reform();
          w.world.faults.kafka.clearRequests();
          const ends = () => partitions.map((partition) => w.committed(partition));
          await w.runUntil(() => ends().every((end) => end === String(perPartition)), 300_000);
          expect(clients.skipped()).toEqual([]);
          for (const entry of living) entry.stopped = true;
        },
      )(),
  );
});
