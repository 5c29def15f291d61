import inject, { type InjectOptions, type Response as Answered } from 'light-my-request';
import { pino } from 'pino';
import type { AskOptions, Bus, Outcome } from '../../src/actors/bus/types.js';
import type { Delivery } from '../../src/actors/requests.js';
import { validateConfig, type Config, type ConfigInput } from '../../src/config/config.js';
import { createHttpApp } from '../../src/http/app.js';
import type { BudgetShare } from '../../src/actors/byte-budget.js';

export interface Asked {
  readonly address: string;
  readonly request: Record<string, unknown> & { readonly type: string };
  readonly options: AskOptions;
}

type Answer = (asked: Asked) => Outcome<unknown> | Promise<Outcome<unknown>>;

/** A bus whose answers a test chooses; it keeps what was asked. */
export class FakeBus implements Pick<Bus, 'ask'> {
  readonly asked: Asked[] = [];
  answer: Answer = () => {
    throw new Error('nothing was to be asked');
  };

  async ask<R>(address: string, request: object, options: AskOptions): Promise<Outcome<R>> {
    const asked = { address, request: request as Asked['request'], options };
    this.asked.push(asked);
    return (await this.answer(asked)) as Outcome<R>;
  }

  replies(value: unknown): void {
    this.answer = () => ({ kind: 'reply', value });
  }
}

export class FakeBudget implements BudgetShare {
  taken = 0;
  takenMost = 0;
  readonly limit: number;
  constructor(limit = 1e9) {
    this.limit = limit;
  }
  tryTake(bytes: number): boolean {
    if (this.taken + bytes > this.limit) return false;
    this.taken += bytes;
    this.takenMost = Math.max(this.takenMost, this.taken);
    return true;
  }
  give(bytes: number): void {
    this.taken -= bytes;
    if (this.taken < 0) throw new Error('more was given back than was taken');
  }
}

/** A receipt that keeps what it was told. */
export function fakeReceipt() {
  const told: ('written' | 'returned')[] = [];
  return { told, written: () => void told.push('written'), returned: () => void told.push('returned') };
}

export function delivery(fields: Partial<Delivery> = {}): Delivery {
  return {
    key: null,
    value: Buffer.from('v'),
    partition: 0,
    offset: 0,
    headers: [],
    receipt: fakeReceipt(),
    ...fields,
  };
}

export interface TestHttp {
  readonly bus: FakeBus;
  readonly budget: FakeBudget;
  readonly config: Config;
  readonly logged: Record<string, unknown>[];
  readonly app: ReturnType<typeof createHttpApp>;
  /** One request without a socket. */
  send(options: InjectOptions): Promise<Answered>;
  /** The same with a body of plain text. */
  post(url: string, payload?: string | Buffer, headers?: Record<string, string>): Promise<Answered>;
  get(url: string): Promise<Answered>;
}

export function testHttp(input: ConfigInput = {}, budget = new FakeBudget()): TestHttp {
  const bus = new FakeBus();
  const config = validateConfig({ clusters: { default: {}, east: {} }, ...input });
  const logged: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'debug' },
    { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const app = createHttpApp({ bus, config, budget, log });
  const handle = app.callback();
  const send = async (options: InjectOptions): Promise<Answered> =>
    await inject((req, res) => void handle(req, res), options);
  return {
    ...{ bus, budget, config, logged, app, send },
    post: (url, payload = 'v', headers = {}) =>
      send({ method: 'POST', url, payload, headers: { 'content-type': 'text/plain', ...headers } }),
    get: (url) => send({ method: 'GET', url }),
  };
}
