import type { ChaosResult, ChaosVerdict, CheckOutcome, DaemonLife, Recovery } from '../../../src/chaos/result.js';
import { readScript } from '../../../src/chaos/script/read.js';
import { checkNames } from '../../../src/chaos/script/script.js';
import { planOf, standardSize } from '../../../src/simulation/plan.js';
import { simulate } from '../../../src/simulation/simulate.js';
import type { ClaimSample, History, Violation } from '../../../src/verdict/history.js';

const sampleEveryMs = 200;

/** A busy machine is slow. */
export const simulationMaxMs = 60_000;

/** A run of a simulated world, told as if it had been a real one: who owned what is known by samples only. */
export async function simulatedResult(seed = 3): Promise<ChaosResult> {
  const plan = planOf(seed, { ...standardSize, messages: 400 });
  const { result, verdict } = await simulate(plan);
  const history: History = { ...result.history, claims: claimsOf(result.history), tenures: [], commits: [] };
  const title = `What happens to my messages in the simulated world of seed ${seed}?`;
  return {
    script: readScript('simulated.yaml', `title: ${title}\nduration: 60s\n`),
    path: 'chaos/simulated.yaml',
    seed,
    product: 'kafka-pixy 0.1.0',
    startedAtWallMs: Date.UTC(2026, 10, 23, 8, 5, 30),
    history,
    timing: result.timing,
    processes: livesOf(history),
    command: undefined,
    verdict: {
      passed: verdict.violations.length === 0,
      checks: checkNames.map((name): CheckOutcome => outcomeOf(name, verdict.violations, history)),
      violations: verdict.violations,
      explained: verdict.explained,
      recoveries: recoveriesOf(history),
      remarks: ['Who owned a partition was looked at 5 times a second.'],
    },
    folder: undefined,
  };
}

function outcomeOf(name: CheckOutcome['name'], all: readonly Violation[], history: History): CheckOutcome {
  const violations = all.filter(({ check }) => check === name);
  if (name === 'back in time') return { name, outcome: 'left out', looked: '0 recoveries', violations };
  if (name === 'refused and written' && !history.posts.some(({ outcome }) => outcome === 'refused'))
    return { name, outcome: 'not exercised', looked: '0 posts that were refused', violations };
  const looked = `${history.posts.length} posts`;
  return { name, outcome: violations.length === 0 ? 'held' : 'broken', looked, violations };
}

function claimsOf({ tenures, groups, endMs }: History): ClaimSample[] {
  return groups.flatMap(({ name: group, topics }) =>
    topics.flatMap((topic) =>
      Array.from({ length: Math.floor(endMs / sampleEveryMs) }, (_, at): ClaimSample => {
        const atMs = at * sampleEveryMs;
        const owners = tenures
          .filter((one) => one.group === group && one.topic === topic && one.fromMs <= atMs && atMs < one.toMs)
          .map(({ partition, daemon }) => [partition, daemon] as const);
        return { group, topic, askedMs: atMs - 2, answeredMs: atMs + 2, owners: new Map(owners) };
      }),
    ),
  );
}

const livesOf = ({ posts, endMs }: History): DaemonLife[] =>
  [...new Set(posts.map(({ daemon }) => daemon))].sort().map((daemon, at) => ({
    daemon,
    memberId: `pixy_host_${4000 + at}_2026-11-23T08:05:29Z`,
    fromMs: -2000,
    toMs: endMs,
    end: 'told',
    exitCode: 0,
    signal: null,
    tookMs: 240 + at,
  }));

const recoveriesOf = ({ faults, groups }: History): Recovery[] =>
  faults.map(({ text, fromMs, toMs }, at) => ({
    kind: at % 2 === 0 ? 'back' : 'takeover',
    fault: text,
    sinceMs: at % 2 === 0 ? toMs : fromMs,
    limitMs: 5000,
    tookMs: 400 + at * 850,
    slowest: { group: groups[0]!.name, topic: groups[0]!.topics[0]!, partition: at % 4 },
    unjudged: at === 1 ? 'the next fault came first' : undefined,
  }));

/** What a script, a daemon or a message may hold to break a report that does not escape it. */
export const hostile = `</script><img src=x onerror="alert('1')"> & ]]> \u0000\u001b[31m\ud800`;

/** The same run, gone wrong in every way that a report has to tell of. */
export function failedResult(well: ChaosResult): ChaosResult {
  const { history } = well;
  const lost = Array.from({ length: 14 }, (_, at): Violation => {
    const { id, daemon } = history.posts[at * 20]!;
    const text = `post ${id} (sync, orders-1 #${at}, ${daemon}) was answered with orders/1@${at}, and lies nowhere`;
    return { check: 'lost', atMs: 9000 + at * 700, text };
  });
  const others: Violation[] = [
    { check: 'duplicate', atMs: 31_000, text: `group later was given clicks/2@17 twice ${hostile}` },
    { check: 'workload failed', atMs: 61_000, text: 'the program of the script ended with exit code 3' },
    { check: 'defect in the log', atMs: 42_000, text: 'TypeError: cannot read properties of undefined' },
  ];
  const violations = [...lost, ...others];
  const [first, ...rest] = well.verdict.recoveries;
  const verdict: ChaosVerdict = {
    ...well.verdict,
    passed: false,
    violations,
    checks: well.verdict.checks.map((check): CheckOutcome => {
      const broken = violations.filter((violation) => violation.check === check.name);
      return broken.length > 0 ? { ...check, outcome: 'broken', violations: broken } : check;
    }),
    recoveries: [
      { ...first!, kind: 'takeover', tookMs: 8200 },
      { ...first!, kind: 'back', sinceMs: 50_000, tookMs: undefined, slowest: undefined },
      ...rest,
    ],
    remarks: [...well.verdict.remarks, `A title may be anything: ${hostile}`],
  };
  return {
    ...well,
    script: { ...well.script, title: `Are my messages safe? ${hostile}` },
    path: 'chaos/failing.yaml',
    verdict,
    command: { exitCode: 3, signal: null, tookMs: 61_000, wasTold: false, lastLines: ['seen 12 of 13', hostile] },
    folder: 'logs/failing',
    // ZooKeeper could not be asked for a while, so that deliveries have to tell who had what.
    history: { ...history, claims: history.claims.filter(({ askedMs }) => askedMs < 20_000 || askedMs > 32_000) },
  };
}

/** A script whose own program did the work, so that nothing is known of its messages. */
export const emptyResult = (well: ChaosResult): ChaosResult => ({
  ...well,
  path: 'chaos/own-program.yaml',
  command: { exitCode: 0, signal: null, tookMs: 58_000, wasTold: true, lastLines: [] },
  processes: [],
  history: { ...well.history, groups: [], topics: [], posts: [], deliveries: [], acks: [], log: [], claims: [] },
  verdict: {
    ...well.verdict,
    passed: true,
    explained: new Map(),
    recoveries: [],
    violations: [],
    checks: checkNames.map((name) => ({ name, outcome: 'not exercised', looked: 'nothing', violations: [] })),
  },
});
