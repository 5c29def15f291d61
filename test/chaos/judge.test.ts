import { describe, expect, it } from 'vitest';
import { judgeRun, type SeenRun } from '../../src/chaos/judge.js';
import type { CommandEnd, DaemonLife } from '../../src/chaos/result.js';
import { readScript } from '../../src/chaos/script/read.js';
import { checkNames, type CheckName } from '../../src/chaos/script/script.js';
import type { DaemonLogLine } from '../../src/chaos/world/world.js';
import type { History } from '../../src/verdict/history.js';
import { ack, claim, commit, delivery, entry, fault, historyOf, lostAnswer, post } from '../verdict/histories.js';

const yaml = 'title: Does it hold?\n';
const timing = { sessionTimeoutMs: 6000, commitIntervalMs: 500, ackTimeoutMs: 5000, slackMs: 100 };
const wallMs = 1_800_000_000_000;

const life = (parts: Partial<DaemonLife> = {}): DaemonLife => ({
  daemon: 'daemon 1',
  memberId: 'pixy-1.1',
  fromMs: 0,
  toMs: 50_000,
  end: 'told',
  exitCode: 0,
  signal: null,
  tookMs: 300,
  ...parts,
});
const line = (parts: Partial<DaemonLogLine> = {}): DaemonLogLine => ({
  daemon: 'd1',
  wallMs: wallMs + 7000,
  kind: 'defect',
  text: 'an actor threw',
  ...parts,
});
const command = (parts: Partial<CommandEnd> = {}): CommandEnd => ({
  exitCode: 0,
  signal: null,
  tookMs: 100,
  wasTold: false,
  lastLines: [],
  ...parts,
});

/** Two messages of one key, the second posted after the answer to the first, were given once each. */
const clean: Partial<History> = {
  posts: [
    post({ sentMs: 500, answeredMs: 520 }),
    post({ id: 2, sequence: 2, sentMs: 600, answeredMs: 620, offset: 1 }),
  ],
  log: [entry(), entry({ offset: 1, post: 2 })],
  deliveries: [delivery(), delivery({ offset: 1, post: 2, askedMs: 1010, handedMs: 1020 })],
  commits: [commit({ offset: 2, daemon: undefined, atMs: 9000 })],
  claims: [claim(), claim({ askedMs: 1012, answeredMs: 1018 })],
};

function judged(more: Partial<History> = {}, parts: Partial<SeenRun> = {}, script = yaml) {
  return judgeRun({
    script: readScript('my.yaml', script),
    history: historyOf({ ...clean, ...more }),
    timing,
    processes: [life()],
    command: undefined,
    logLines: [],
    undone: [],
    startedAtWallMs: wallMs,
    ...parts,
  });
}

const stateOf = ({ checks }: ReturnType<typeof judged>, name: CheckName) =>
  checks.find((check) => check.name === name)!;
const restarted = fault({ kind: 'restart', text: 'restart broker 1', costs: ['commits'], fromMs: 300, toMs: 400 });

describe('a run in which all went well', () => {
  it('has passed, says what was looked at, and which checks nothing could have broken', () => {
    const { passed, violations, checks, remarks } = judged({ faults: [restarted] });
    expect([passed, violations]).toEqual([true, []]);
    expect(checks.map(({ name, outcome, looked }) => [name, outcome, looked])).toEqual([
      ['lost', 'held', '2 posts that were written or accepted'],
      ['refused and written', 'not exercised', '0 posts that were refused'],
      ['duplicate', 'held', '2 messages, 2 deliveries'],
      ['reordered', 'held', '1 post behind another of its key'],
      ['skip', 'held', '2 messages to 1 group'],
      ['unseen', 'held', '2 messages to 1 group'],
      ['nonmonotonic', 'held', '1 message that was asked for behind another'],
      ['double owner', 'held', '2 deliveries, when owners were known'],
      ['committed past unacked', 'held', '1 committed position'],
      ['ack refused', 'not exercised', '0 acks'],
      ['never settled', 'held', '4 requests'],
      ['back in time', 'held', '1 recovery'],
      ['unclean end', 'held', '1 process'],
      ['defect in the log', 'held', '0 lines of 2 daemons'],
      ['workload failed', 'held', '2 posts'],
      ['fault not done', 'held', '1 fault'],
    ]);
    expect(remarks).toContain('nothing in this run could have broken these checks: refused and written, ack refused');
    expect(remarks.join()).toContain('a rebalance may move the position');
  });

  it('says of which partitions nothing was seen, as no key leads to them', () => {
    const { remarks } = judged({ topics: [{ name: 'orders', partitions: 60 }] });
    expect(remarks.join()).toContain('59 of the 60 partitions of orders had no message, so nothing was seen of them');
    expect(judged({ topics: [{ name: 'orders', partitions: 1 }] }).remarks.join()).not.toContain('had no message');
  });

  it('says what was asked for less than usual', () => {
    const { remarks } = judged({}, {}, `${yaml}expect: { backWithin: 20s }\n`);
    expect(remarks).toContain('backWithin is 20s instead of 5s');
  });
});

interface Broken {
  readonly check: CheckName;
  readonly history?: Partial<History>;
  readonly run?: Partial<SeenRun>;
  readonly says: string;
}

const broken: readonly Broken[] = [
  {
    check: 'lost',
    history: { posts: [post({ offset: 7 })] },
    says: 'post 1 (sync, k #1, d1) was answered with orders/0@7, and lies at orders/0@0',
  },
  {
    check: 'refused and written',
    history: { posts: [post({ outcome: 'refused', detail: '503' })] },
    says: 'post 1 (sync, k #1, d1) was refused (503), and lies at orders/0@0',
  },
  {
    check: 'duplicate',
    history: { deliveries: [...clean.deliveries!, delivery({ handedMs: 3000 })] },
    says: 'group g was given orders/0@0 by d1 at 1000 ms and by d1 at 3000 ms',
  },
  {
    check: 'reordered',
    history: {
      posts: [post({ id: 2, sentMs: 500, answeredMs: 520, offset: 1 }), post({ sentMs: 600, answeredMs: 620 })],
    },
    says: 'post 2 was answered before post 1 was sent to d1 (k), and lies at orders/0@1, behind orders/0@0',
  },
  {
    check: 'skip',
    history: { commits: [], deliveries: [delivery({ offset: 1, post: 2 })] },
    says: 'group g was never given orders/0@0 (post 1)',
  },
  {
    check: 'committed past unacked',
    history: {
      groups: [{ name: 'g', mode: 'later', topics: ['orders'] }],
      deliveries: clean.deliveries!.map((each) => ({ ...each, mode: 'later' as const })),
      acks: [ack()],
    },
    says: 'one of the daemons committed orders/0@2 for group g at 9000 ms, when nobody had dealt with orders/0@1',
  },
  {
    check: 'unseen',
    history: { commits: [], deliveries: [delivery()] },
    says: 'group g was never given orders/0@1 (post 2)',
  },
  {
    check: 'nonmonotonic',
    history: {
      commits: [],
      deliveries: [delivery({ offset: 1, post: 2 }), delivery({ askedMs: 1010, handedMs: 1020 })],
    },
    says: 'group g was given orders/0@1 by d1 at 1000 ms, and orders/0@0, asked for at 1010 ms, only then',
  },
  {
    check: 'double owner',
    history: {
      claims: [claim({ owners: new Map([[0, 'd2']]) })],
      deliveries: [delivery(), { ...clean.deliveries![1]!, askedMs: 4900, handedMs: 5000 }],
    },
    says: 'orders/0@0 was given to group g by d1 at 1000 ms, when d2 owned the partition',
  },
  {
    check: 'ack refused',
    history: {
      groups: [{ name: 'g', mode: 'later', topics: ['orders'] }],
      deliveries: clean.deliveries!.map((each) => ({ ...each, mode: 'later' as const })),
      acks: [ack({ outcome: 'refused', detail: '500 ack-channel-missing' }), ack({ offset: 1 })],
      commits: [],
    },
    says: 'orders/0@0 was given to group g by d1 at 1000 ms, and its ack refused at 1200 ms: 500 ack-channel-missing',
  },
  {
    check: 'never settled',
    history: { hangs: [{ client: 'c1', daemon: 'd1', request: '/topics', sentMs: 50, answeredMs: undefined }] },
    says: 'c1 asked d1 for /topics at 50 ms and was answered never',
  },
  {
    check: 'back in time',
    history: {
      faults: [restarted],
      deliveries: clean.deliveries!.map((each) => ({ ...each, handedMs: 9000 })),
      claims: [],
    },
    says: 'restart broker 1: orders/0 by group g was consumed only 8.6 s after it was taken back, which may take 5.0 s',
  },
  {
    check: 'unclean end',
    run: { processes: [life({ toMs: undefined, tookMs: 16_000 })] },
    says: 'daemon 1 (pixy-1.1) had not ended 16 s after it was told to, and was killed',
  },
  {
    check: 'unclean end',
    run: { processes: [life({ end: 'by itself', exitCode: null, signal: 'SIGABRT' })] },
    says: 'daemon 1 (pixy-1.1) ended by itself, with signal SIGABRT',
  },
  {
    check: 'unclean end',
    run: { processes: [life({ exitCode: 1 })] },
    says: 'daemon 1 (pixy-1.1) was told to stop and ended with exit code 1',
  },
  { check: 'defect in the log', run: { logLines: [line()] }, says: 'd1: an actor threw' },
  {
    check: 'workload failed',
    run: { command: command({ exitCode: 3 }) },
    says: 'the program ended with exit code 3',
  },
  {
    check: 'workload failed',
    run: { command: command({ exitCode: null, signal: 'SIGTERM', wasTold: true }) },
    says: 'the program ended with signal SIGTERM when it was told to stop',
  },
  {
    check: 'workload failed',
    history: { posts: [], log: [], deliveries: [] },
    says: 'nothing was written: no post of this run is in the log',
  },
  {
    check: 'fault not done',
    run: { undone: [{ atMs: 900, text: 'freeze daemon 1 could not be done: it is gone' }] },
    says: 'freeze daemon 1 could not be done: it is gone',
  },
];

describe('a run that breaks a check', () => {
  it.each(broken)('has failed: $check, $says', ({ check, history, run, says }) => {
    const verdict = judged(history, run);
    expect(verdict.passed).toBe(false);
    expect(stateOf(verdict, check).outcome).toBe('broken');
    expect(stateOf(verdict, check).violations[0]!.text).toBe(says);
    expect(verdict.violations.map(({ text }) => text)).toContain(says);
  });

  it.each(broken)('has passed where that is left out, and says so: $check, $says', ({ check, history, run }) => {
    const verdict = judged(history, run, `${yaml}expect: { leaveOut: [${check}] }\n`);
    expect(verdict.violations).toEqual([]);
    expect(verdict.passed).toBe(true);
    expect(stateOf(verdict, check)).toMatchObject({ outcome: 'left out', violations: [{ check }] });
    expect(verdict.remarks).toContain(`the check "${check}" is left out`);
    expect(verdict.remarks).toContain(`the check "${check}", left out, would have found 1 violation`);
  });

  it('has a case of its own for each check', () => {
    expect(new Set(broken.map(({ check }) => check))).toEqual(new Set(checkNames));
  });
});

describe('what is lost or comes again by the rules', () => {
  it('is counted by its reason', () => {
    const killed = fault({
      kind: 'kill',
      text: 'kill d1',
      daemon: 'd1',
      costs: ['memory', 'claims'],
      fromMs: 1200,
      toMs: 1300,
    });
    const accepted = post({ id: 3, sync: false, outcome: 'accepted', key: 'other', sentMs: 1100, answeredMs: 1110 });
    const verdict = judged({
      faults: [killed],
      posts: [...clean.posts!, accepted],
      log: [...clean.log!, entry({ offset: 2, post: 4 })],
      deliveries: [...clean.deliveries!, delivery({ daemon: 'd2', handedMs: 9000 })],
      lostAnswers: [lostAnswer()],
    });
    expect(verdict.violations).toEqual([]);
    expect(Object.fromEntries(verdict.explained)).toEqual({
      'its daemon was killed before it had committed': 1,
      'lost with an answer whose connection was cut, after its automatic ack': 1,
      'accepted by a daemon that was killed before it had written them': 1,
    });
  });

  it('is what follows from a session that ended by itself, which is told', () => {
    const deliveries = [...clean.deliveries!, delivery({ daemon: 'd2', askedMs: 8900, handedMs: 9000 })];
    expect(judged({ deliveries }).passed).toBe(false);
    const lost = judged({ deliveries }, { logLines: [line({ kind: 'session' })] });
    expect(lost.passed).toBe(true);
    expect(lost.remarks.join()).toContain('d1 lost its ZooKeeper session 1 time though nothing was done to it');
    expect(judged({ deliveries }, { logLines: [line({ kind: 'session', daemon: 'd2' })] }).passed).toBe(false);
    const frozen = fault({ daemon: 'd1', costs: ['claims'], fromMs: 2000, toMs: 6000 });
    const struck = judged({ deliveries, faults: [frozen] }, { logLines: [line({ kind: 'session' })] });
    expect(struck.passed).toBe(false);
    expect(struck.remarks.join()).not.toContain('lost its ZooKeeper session');
  });
});

it('says nothing of what is committed past, where daemons are told to give a message up', () => {
  const later = { groups: [{ name: 'g', mode: 'later' as const, topics: ['orders'] }] };
  const patient = `${yaml}daemons: { config: { consumer: { max_retries: 3 } } }\n`;
  expect(stateOf(judged(later), 'committed past unacked')?.outcome).toBe('broken');
  expect(stateOf(judged(later, {}, patient), 'committed past unacked')?.outcome).toBe('not exercised');
});

describe('a run of a program', () => {
  it('has passed when it ended well, and says that the rest could not be looked at', () => {
    const nothing = { posts: [], log: [], deliveries: [], commits: [], claims: [], groups: [] };
    const verdict = judged(nothing, { command: command() }, `${yaml}workload: { command: node mine.js }\n`);
    expect(verdict.passed).toBe(true);
    const exercised = verdict.checks.filter(({ outcome }) => outcome === 'held').map(({ name }) => name);
    expect(exercised).toEqual(['unclean end', 'defect in the log', 'workload failed']);
  });
});
