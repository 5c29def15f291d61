import { createWorkload } from '../../../src/chaos/clients/create-workload.js';
import type { Answer, HttpConnection, HttpRequest } from '../../../src/chaos/clients/http-connection.js';
import type { DaemonKind, OwnWorkload } from '../../../src/chaos/script/script.js';
import type { ChaosDaemon } from '../../../src/chaos/world/world.js';
import { virtualHost } from '../../../src/host/virtual-host.js';

export function kindNamed(name: string, longPollingTimeoutMs = 3000): DaemonKind {
  const timing = {
    sessionTimeoutMs: 15_000,
    commitIntervalMs: 500,
    ackTimeoutMs: 300_000,
    longPollingTimeoutMs,
    syncTimeoutMs: 30_000,
  };
  return { name, from: 1, to: 8, command: undefined, config: {}, timing };
}

export interface TestDaemon extends ChaosDaemon {
  isUp: boolean;
  memberIds: string[];
}

export function daemonAt(address: string, number = 1, kind = kindNamed('pixy')): TestDaemon {
  return {
    number,
    name: `daemon ${number}`,
    kind,
    address,
    isUp: true,
    isFrozen: false,
    memberIds: [],
    sessionIds: new Set(),
  };
}

export interface Asked extends HttpRequest {
  readonly address: string;
  readonly query: URLSearchParams;
  answer(answer: Answer): void;
}

/** Instead of a network: keeps what was asked and not answered. `respond` answers at once, where it does. */
export class TestNetwork {
  readonly asked: Asked[] = [];
  readonly open = new Set<Asked>();
  respond: (asked: Asked) => Answer | undefined = () => undefined;

  connect = (address: string): HttpConnection => {
    const own = new Set<Asked>();
    return {
      send: (request) =>
        new Promise((resolve) => {
          const query = new URLSearchParams(request.path.split('?')[1]);
          const answer = (answer: Answer): void => {
            own.delete(asked);
            this.open.delete(asked);
            resolve(answer);
          };
          const asked: Asked = { ...request, address, query, answer };
          this.asked.push(asked);
          own.add(asked);
          this.open.add(asked);
          const given = this.respond(asked);
          if (given) answer(given);
        }),
      close: () => {
        for (const each of own) each.answer({ kind: 'ended' });
      },
    };
  };
}

export const ok = (body: unknown, status = 200): Answer => ({
  kind: 'answer',
  status,
  code: '',
  body: JSON.stringify(body),
});

export const failed = (status: number, code = ''): Answer => ({ kind: 'answer', status, code, body: '{"error":"x"}' });

/** Clients of one run, on the virtual clock and the network of a test. */
export function workloadOn(load: Omit<OwnWorkload, 'type'>, daemons: readonly TestDaemon[]) {
  const { clock, random } = virtualHost();
  const network = new TestNetwork();
  const struck: string[] = [];
  const workload = createWorkload({
    load: { type: 'own', ...load },
    daemons,
    runId: 'run-1',
    random,
    clock,
    nowMs: () => clock.nowMs(),
    wasStruck: (daemon) => struck.includes(daemon),
    connect: network.connect,
  });
  return { clock, network, struck, workload, seen: workload.seen };
}
