import { assign, fromPromise, setup } from 'xstate';
import { pino } from 'pino';
import { createBus } from '../../../src/actors/bus/bus.js';
import type {
  ActorBody,
  ActorEnd,
  ActorKind,
  Address,
  Ask,
  Bus,
  BusOptions,
  Outcome,
  Shell,
} from '../../../src/actors/bus/types.js';
import { virtualHost, type VirtualHost } from '../../../src/host/virtual-host.js';

export type ProbeEvent =
  | { type: 'note'; text: string }
  | { type: 'notes'; texts: string[] }
  | { type: 'do'; what: () => void }
  | { type: 'asked'; ask: Ask }
  | { type: 'open' }
  | { type: 'close' }
  | { type: 'fetch' }
  | { type: 'finish' }
  | { type: 'child.ended'; address: string; how: ActorEnd['how'] };

/** What a probe did, over all its incarnations. Tests read it. */
export class Diary {
  readonly lines: string[] = [];
  readonly ends: ActorEnd[] = [];
  readonly shells: Shell<ProbeEvent>[] = [];
  readonly asks: Ask[] = [];
  readonly kept: unknown[] = [];

  get shell(): Shell<ProbeEvent> {
    return this.shells.at(-1)!;
  }
}

interface ProbeInput {
  readonly diary: Diary;
  readonly fetch: (signal: AbortSignal) => Promise<string>;
  readonly afterMs: number;
}

/**
 * A machine that notes what it is told and does what it is told to do. `open` (with the tags) and `closed` are its states;
 * `fetching` invokes, and goes back by itself after `afterMs`.
 */
const probeMachine = setup({
  types: { context: {} as ProbeInput & { seen: number }, events: {} as ProbeEvent, input: {} as ProbeInput },
  actors: {
    fetch: fromPromise<string, Pick<ProbeInput, 'fetch'>>(({ input, signal }) => input.fetch(signal)),
  },
  delays: { patience: ({ context }) => context.afterMs },
  actions: {
    write: ({ context, event }) => {
      if (event.type === 'note') context.diary.lines.push(event.text);
      if (event.type === 'notes') context.diary.lines.push(event.texts.join('+'));
      if (event.type === 'child.ended') context.diary.lines.push(`${event.address} ${event.how}`);
    },
    perform: ({ event }) => {
      if (event.type === 'do') event.what();
    },
    keepAsk: ({ context, event }) => {
      if (event.type === 'asked') context.diary.asks.push(event.ask);
    },
    count: assign({ seen: ({ context }) => context.seen + 1 }),
    writeTimeout: ({ context }) => void context.diary.lines.push('out of patience'),
    writeFetched: ({ context }, params: { text: string }) => void context.diary.lines.push(params.text),
  },
}).createMachine({
  id: 'probe',
  context: ({ input }) => ({ ...input, seen: 0 }),
  initial: 'open',
  on: {
    note: { actions: ['write', 'count'] },
    notes: { actions: 'write' },
    'child.ended': { actions: 'write' },
    do: { actions: 'perform' },
    asked: { actions: 'keepAsk' },
    open: '.open',
    close: '.closed',
    finish: '.finished',
    fetch: '.fetching',
  },
  states: {
    open: { tags: ['serves', 'adopts'] },
    closed: {},
    fetching: {
      invoke: {
        src: 'fetch',
        input: ({ context }) => ({ fetch: context.fetch }),
        onDone: { target: 'open', actions: { type: 'writeFetched', params: ({ event }) => ({ text: event.output }) } },
      },
      after: { patience: { target: 'closed', actions: 'writeTimeout' } },
    },
    finished: { type: 'final' },
  },
});

type ProbeMachine = typeof probeMachine;
type Body = ActorBody<ProbeMachine, unknown>;
export type ProbeKind = ActorKind<ProbeMachine, Diary, unknown>;

export interface ProbeOptions extends Partial<Omit<ProbeKind, 'build' | 'machine'>> {
  readonly body?: (shell: Shell<ProbeEvent>, diary: Diary) => Partial<Body>;
  readonly fetch?: ProbeInput['fetch'];
  readonly afterMs?: number;
}

/** By default a probe keeps each ask it gets from its mailbox, and serves none by the valve. */
export function probe({ body, fetch, afterMs = 1_000, ...kind }: ProbeOptions = {}): ProbeKind {
  return {
    name: 'probe',
    machine: probeMachine,
    restart: { backoffMs: 100, backoffMaxMs: 400, restartsMax: 3, windowMs: 60_000 },
    mailboxRequestsMax: 20_000,
    ...kind,
    build: (shell, diary, kept) => {
      diary.shells.push(shell);
      diary.kept.push(kept);
      return {
        input: { diary, fetch: fetch ?? (() => new Promise<string>(() => {})), afterMs },
        receive: (ask) => ({ type: 'asked', ask }),
        childEnded: (address, end) => ({ type: 'child.ended', address, how: end.how }),
        ended: (end) => {
          diary.ends.push(end);
          return undefined;
        },
        ...body?.(shell, diary),
      };
    },
  };
}

export const at = (address: string) => address as Address<ProbeEvent>;
export const note = (text: string): ProbeEvent => ({ type: 'note', text });
export const perform = (what: () => void): ProbeEvent => ({ type: 'do', what });
export const crash = (message = 'boom'): ProbeEvent =>
  perform(() => {
    throw new Error(message);
  });
export const question = { type: 'question' };

/** Codes and kinds, for comparing many outcomes at a glance. */
export const summary = (outcome: Outcome<unknown>): string =>
  outcome.kind === 'refused' ? outcome.error.code : outcome.kind;

/** How many outcomes there were of each kind. */
export const summaries = async (outcomes: Promise<Outcome<unknown>>[]): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const outcome of await Promise.all(outcomes)) {
    counts[summary(outcome)] = (counts[summary(outcome)] ?? 0) + 1;
  }
  return counts;
};

export interface World {
  readonly host: VirtualHost;
  readonly bus: Bus;
  readonly fatal: unknown[];
  /** Log lines, parsed. */
  readonly log: Record<string, unknown>[];
  spawn(address: string, options?: ProbeOptions): Diary;
  /** Lets the bus come to rest without moving time; large bursts need more turns than one `settle` gives. */
  rest(): Promise<void>;
  ask(address: string, options?: { deadlineMs?: number; signal?: AbortSignal }): Promise<Outcome<unknown>>;
}

export function world(options: Partial<BusOptions> = {}): World {
  const host = virtualHost();
  const fatal: unknown[] = [];
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const bus = createBus({ host, log: logger, onFatal: (error) => fatal.push(error), ...options });
  return {
    host,
    bus,
    fatal,
    log,
    spawn(address, probeOptions) {
      const diary = new Diary();
      bus.spawn(probe(probeOptions), at(address), diary);
      return diary;
    },
    async rest() {
      for (let round = 0; round < 16; round++) await host.clock.settle();
    },
    ask: (address, { deadlineMs = 1_000, signal } = {}) =>
      bus.ask<unknown>(at(address), question, { deadlineMs, ...(signal && { signal }) }),
  };
}
