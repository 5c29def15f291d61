import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { joinPause } from '../../src/cli/demo-flags.js';
import { DemoFailure, demoRebalance, type DemoTerminal, type RebalanceDemo } from '../../src/cli/demo-rebalance.js';
import { defaultConfig } from '../../src/config/config.js';
import { realHost } from '../../src/host/real-host.js';
import type { InspectedDaemon } from '../../src/inspector/inspected.js';

/** What the bus of a daemon told, by the address after the daemon's name. */
interface Told {
  readonly daemon: string;
  readonly address: string;
  readonly state: string;
  readonly serves: boolean;
}

/** A page that nobody opens: it hears what a page would. */
function page() {
  const remarks: string[] = [];
  const told: Told[] = [];
  const followed = new Set<unknown>();
  const seen = {
    remarks,
    told,
    isClosed: false,
    daemons: (): readonly InspectedDaemon[] => [],
    next: (): void => {},
    /** Follows who is there now. */
    follow: (): void => {
      for (const { bus } of seen.daemons()) {
        if (followed.has(bus)) continue;
        followed.add(bus);
        bus.tap((record) => {
          if (record.type !== 'snapshot' && record.type !== 'end') return;
          const address = record.address.slice(bus.name.length + 1);
          const state = record.type === 'snapshot' ? JSON.stringify(record.value) : 'ended';
          told.push({
            daemon: bus.name,
            address,
            state,
            serves: record.type === 'snapshot' && record.tags.includes('serves'),
          });
        });
      }
    },
  };
  const openPage: RebalanceDemo['openPage'] = async ({ daemons, onNext }) => {
    Object.assign(seen, { daemons, next: onNext });
    return {
      address: '127.0.0.1:1',
      remark: (text) => {
        seen.follow();
        remarks.push(text);
      },
      close: async () => void (seen.isClosed = true),
    };
  };
  return { seen, openPage };
}

/** A terminal; `answer` is asked after each text what is pressed then. */
function terminalWith(answer: (text: string) => string | undefined) {
  let written = '';
  let listener: (key: string) => void = () => {};
  const terminal: DemoTerminal = {
    write: (text) => {
      written += text;
      const key = answer(text);
      // Nobody presses while it is still being written.
      if (key !== undefined) setImmediate(() => listener(key));
    },
    onKey: (onKey) => void (listener = onKey),
  };
  return { terminal, written: () => written };
}

const short = { sessionTimeoutMs: 1500, subscriptionTimeoutMs: 1000 };

const demo = (options: Pick<RebalanceDemo, 'terminal' | 'openPage'> & Partial<RebalanceDemo>): Promise<void> =>
  demoRebalance({
    host: realHost(),
    config: defaultConfig(),
    log: pino({ level: 'silent' }),
    real: false,
    ended: new AbortController().signal,
    times: short,
    ...options,
  });

const isAnnouncement = (text: string) => /^ {2}Watch:/.test(text);

/** The states that an actor of a daemon went through, without repetitions, from a place in the record on. */
function statesOf(told: readonly Told[], daemon: string, address: string): string[] {
  const states = told.filter((one) => one.daemon === daemon && one.address === address).map(({ state }) => state);
  return states.filter((state, at) => state !== states[at - 1]);
}

describe('the demo of a rebalance', () => {
  it('leads through every step, on a key press or a wish of the page each', { timeout: 120_000 }, async () => {
    const { seen, openPage } = page();
    const starts: number[] = [];
    let presses = 0;
    const { terminal, written } = terminalWith((text) => {
      if (text.startsWith('That was the last step')) return 'q';
      if (!isAnnouncement(text)) return undefined;
      starts.push(seen.told.length);
      if (++presses % 2 === 0) return ' ';
      setImmediate(() => seen.next());
      return undefined;
    });
    await demo({ terminal, openPage });

    const shares = [...written().matchAll(/Seen: ([^.]*)\./g)].map(([, line]) => line!.replaceAll(/\s+/g, ' '));
    const [two, three] = ['d1 reads 0-3, d3 reads 4-7', 'd1 reads 0-2, d2 reads 3-5, d3 reads 6-7'];
    const without3 = 'd1 reads 0-3, d2 reads 4-7';
    expect(shares).toEqual(['d1 reads 0-7', without3, three, two, 'd1 reads 0-7', three, without3, three, two, three]);
    expect(written()).toMatch(/^10\. It goes on +\d+ +\d+\.\d+\ss +\d+\.\d+\ss$/m);
    const [, posted, consumed, again] =
      /Meanwhile (\d+) messages were accepted, and (\d+)\s+were handed\s+out(,\s+some)?/.exec(written())!;
    expect(Number(consumed)).toBeGreaterThan(0);
    expect(again !== undefined).toBe(Number(consumed) > Number(posted));
    expect(seen.remarks.filter((remark) => remark.startsWith('Next, '))).toHaveLength(10);
    expect(seen.remarks.filter((remark) => remark.includes(': settled. '))).toHaveLength(10);

    const session = 'default/zookeeper';
    const losing = seen.told.slice(starts[6]);
    expect(statesOf(losing, 'd3', session).join(' ')).toMatch(
      /{"open":"suspect"} {"open":"lapsed"}(?: {"open":"overdue"})? "lost" {"open":{"connecting":"trying"}} {"open":"connected"}/,
    );
    // Not a word of it while it is frozen; then all at once.
    const frozen = seen.told.slice(starts[8]! + 1, starts[9]).filter(({ daemon }) => daemon === 'd2');
    expect(frozen.filter(({ state }) => state !== '{"open":"connected"}')).toEqual([]);
    expect(statesOf(seen.told.slice(starts[9]), 'd2', session).join(' ')).toMatch(
      /{"open":"suspect"}.* "lost" {"open":{"connecting":"trying"}} {"open":"connected"}/,
    );
    expect(seen.isClosed).toBe(true);
    for (const { bus } of seen.daemons()) expect(bus.actors()).toEqual([]);
  });

  it('goes on by itself where nobody can press a key, and ends after the last step', { timeout: 120_000 }, async () => {
    const { seen, openPage } = page();
    let written = '';
    await demo({ terminal: { write: (text) => (written += text) }, openPage, autoMs: 1 });
    expect(written.match(/Seen: /g)).toHaveLength(10);
    expect(written).not.toContain('Any key');
    expect(seen.isClosed).toBe(true);
  });

  it.each(['q', '\u0003'])('ends on the key %j, whatever it is at, and sums up what was seen', async (key) => {
    const { seen, openPage } = page();
    let announced = 0;
    const { terminal, written } = terminalWith((text) => {
      if (!isAnnouncement(text)) return undefined;
      return ++announced === 2 ? key : ' ';
    });
    await demo({ terminal, openPage });
    expect(written().match(/Seen: /g)).toHaveLength(1);
    expect(written()).toMatch(/^1\. A first member joins +8 /m);
    expect(seen.isClosed).toBe(true);
  });

  it('ends in the middle of a step when the process is told to', async () => {
    const { seen, openPage } = page();
    const ended = new AbortController();
    const { terminal, written } = terminalWith((text) => (isAnnouncement(text) ? ' ' : undefined));
    const running = demo({
      terminal,
      openPage: async (wiring) => {
        const opened = await openPage(wiring);
        const remark = (text: string) => {
          opened.remark(text);
          if (text.startsWith('A second member joins. Watch')) ended.abort();
        };
        return { ...opened, remark };
      },
      ended: ended.signal,
    });
    await running;
    expect(written().match(/Seen: /g)).toHaveLength(1);
    expect(seen.isClosed).toBe(true);
  });

  it('says what is wrong with a topic before anything begins', async () => {
    const { openPage } = page();
    const { terminal } = terminalWith(() => undefined);
    await expect(demo({ terminal, openPage, topic: 'no/topic' })).rejects.toThrow(DemoFailure);
  });
});

describe('--auto', () => {
  it('may have its pause behind it', () => {
    expect(joinPause(['demo', 'rebalance', '--auto', '2s', '--real'])).toEqual([
      'demo',
      'rebalance',
      '--auto=2s',
      '--real',
    ]);
    expect(joinPause(['demo', '-auto', '500ms'])).toEqual(['demo', '-auto=500ms']);
    expect(joinPause(['demo', '--auto', '--real'])).toEqual(['demo', '--auto', '--real']);
    expect(joinPause(['demo', '--auto', 'rebalance'])).toEqual(['demo', '--auto', 'rebalance']);
  });
});
