import { beforeAll, describe, expect, it } from 'vitest';
import { ProgressTable, type ProgressSample } from '../../../src/chaos/report/progress.js';
import { span } from '../../../src/chaos/report/format.js';
import { summaryTable, terminalReport } from '../../../src/chaos/report/terminal.js';
import type { ChaosResult } from '../../../src/chaos/result.js';
import { emptyResult, failedResult, simulatedResult, simulationMaxMs } from './fixtures.js';

let well: ChaosResult;
let failed: ChaosResult;
beforeAll(async () => {
  well = await simulatedResult();
  failed = failedResult(well);
}, simulationMaxMs);

const sectionOf = (lines: readonly string[], title: string): string[] => {
  const from = lines.indexOf(title) + 1;
  expect(from).toBeGreaterThan(0);
  const to = lines.indexOf('', from);
  return lines.slice(from, to);
};

describe('the report of a run in a terminal', () => {
  it('says in one word what came of it, and what was asked', () => {
    const lines = terminalReport(well);
    expect(lines[0]).toBe(well.script.title);
    expect(lines[1]).toMatch(
      /^PASSED {2}chaos\/simulated\.yaml, seed 3, kafka-pixy 0\.1\.0, took 1 min \d+ s, \d+ posts, \d+ deliveries/,
    );
    expect(terminalReport(failed).find((line) => line.startsWith('FAILED'))).toMatch(/chaos\/failing\.yaml/);
    expect(lines).not.toContain('Violations');
    expect(lines.at(-1)).toBe('Logs of its processes were removed.');
    expect(terminalReport(failed).at(-1)).toBe('Logs of its processes: logs/failing');
  });

  it('says nothing of posts and deliveries where a program of its own made them', () => {
    expect(terminalReport(emptyResult(well)).join('\n')).not.toMatch(/\d posts,/);
  });

  it('tells every fault with its times, and says so where there is none', () => {
    const done = sectionOf(terminalReport(well), 'What was done');
    // A text that is longer than a line goes on under itself.
    const begun = done.filter((line) => /^ {2}\d/.test(line));
    expect(begun.map((line) => line.trim().split(/ {2,}/)[0])).toEqual(
      well.history.faults.map(({ fromMs, toMs }) => span(fromMs, toMs)),
    );
    expect(done.join(' ').replace(/ +/g, ' ')).toContain(well.history.faults.at(-1)!.text);
    const calm = { ...well, history: { ...well.history, faults: [] } };
    expect(sectionOf(terminalReport(calm), 'What was done')).toEqual(['  nothing was broken']);
  });

  it('tells of each check what came of it and what was looked at', () => {
    const checks = sectionOf(terminalReport(failed), 'Checks');
    expect(checks).toHaveLength(failed.verdict.checks.length + 1);
    expect(checks.find((line) => / lost /.test(line))).toMatch(/^ {2}broken +lost +\d+ posts; 14 violations$/);
    expect(checks.find((line) => / skip /.test(line))).toMatch(/^ {2}held +skip +\d+ posts$/);
    expect(checks.find((line) => / back in time /.test(line))).toMatch(/^ {2}left out +back in time +0 recoveries$/);
  });

  it('tells of ten violations of a check, and how many there are more', () => {
    const lines = sectionOf(terminalReport(failed), 'Violations');
    expect(lines[0]).toBe('  lost, 14 violations');
    expect(lines.filter((line) => line.includes('lies nowhere'))).toHaveLength(10);
    expect(lines[11]).toBe('    and 4 more');
    expect(lines).toContain('  duplicate, 1 violation');
  });

  it('holds recoveries against their limits, but those that cannot be', () => {
    const lines = sectionOf(terminalReport(failed), 'How long until messages were consumed again');
    const [first, second] = [lines[1], lines[2]];
    expect(first).toMatch(/8\.2 s +5\.0 s +too late: orders\/0 of auto$/);
    expect(second).toMatch(/back +50\.0 s +never +5\.0 s +too late: nothing was consumed$/);
    expect(lines.filter((line) => line.endsWith('the next fault came first'))).toHaveLength(1);
  });

  it('has no line of more than 100 columns, no control characters, and colours only where they are asked for', () => {
    for (const result of [well, failed, emptyResult(well)])
      for (const line of terminalReport(result)) {
        expect(line.length).toBeLessThanOrEqual(100);
        // eslint-disable-next-line no-control-regex -- they are what is looked for
        expect(line).not.toMatch(/[\u0000-\u001f]/);
      }
    const coloured = terminalReport(failed, true).join('\n');
    expect(coloured).toContain('\u001b[31mFAILED\u001b[0m');
    // eslint-disable-next-line no-control-regex -- codes of colours
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(terminalReport(failed).join('\n'));
  });
});

describe('several runs in a terminal', () => {
  it('have a line each, and what did not hold', () => {
    const posts = String(well.history.posts.length);
    const deliveries = String(well.history.deliveries.length);
    const rows = summaryTable([well, failed, emptyResult(well)]);
    const cells = rows.slice(0, 4).map((line) => line.split(/ {2,}/));
    expect(cells.map((row) => row.slice(0, 4))).toEqual([
      ['script', 'verdict', 'posts', 'deliveries'],
      ['simulated', 'PASSED', posts, deliveries],
      ['failing', 'FAILED', posts, deliveries],
      ['own-program', 'PASSED', '0', '0'],
    ]);
    expect(cells.map((row) => row.slice(4, 7))).toEqual([
      ['again', 'back', 'takeover'],
      [expect.stringMatching(/^\d+$/), '3.8 s', '3.0 s'],
      [expect.stringMatching(/^\d+$/), 'never', '8.2 s'],
      ['0', '–', '–'],
    ]);
    expect(rows.at(-1)).toBe('  failing: lost (14), duplicate (1), workload failed (1), defect in the log (1)');
  });
});

describe('a run as it goes on', () => {
  const sample = (seconds: number, groups: number, faults: readonly string[] = []): ProgressSample => ({
    nowMs: seconds * 1000,
    posted: seconds * 100,
    writtenOrAccepted: seconds * 90,
    unknown: seconds,
    groups: Array.from({ length: groups }, (_, at) => ({
      name: `group-${at + 1}`,
      delivered: seconds * 10 * (at + 1),
      notYetDelivered: at,
    })),
    faults,
  });

  const told = (use: (table: ProgressTable) => void): string[] => {
    const lines: string[] = [];
    use(new ProgressTable((line) => lines.push(line)));
    return lines;
  };

  it('is told in rates per second since the line before', () => {
    const lines = told((table) => {
      table.add(sample(2, 1));
      table.tell(3100, 'kill broker 1\u001b[2J');
      table.add(sample(4, 1, ['kill broker 1']));
    });
    expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['time', 'posts/s', 'ok/s', 'unknown', 'grou…/s', 'waiting', 'broken now'],
      ['2.0 s', '100', '90', '2', '10', '0'],
      ['3.1 s', '* kill broker 1 [2J'],
      ['4.0 s', '100', '90', '4', '10', '0', 'kill broker 1'],
    ]);
  });

  it('has its header every 20 rows', () => {
    const lines = told((table) => {
      for (let at = 1; at <= 41; at++) table.add(sample(at * 2, 1));
    });
    const headers = lines.flatMap((line, at) => (line.includes('posts/s') ? [at] : []));
    expect(headers).toEqual([0, 21, 42]);
  });

  it.each([
    { names: ['chaos', 'audit-of-orders'], shown: ['chaos/s', 'audi…/s'] },
    { names: ['orders-auto', 'orders-later', 'orders-of-one'], shown: ['…auto/s', '…ater/s', '…-one/s'] },
    { names: ['shop-1-orders', 'shop-2-orders'], shown: ['sh…#1/s', 'sh…#2/s'] },
  ])('names groups so that they can be told apart: $names', ({ names, shown }) => {
    const groups = names.map((name) => ({ name, delivered: 1, notYetDelivered: 0 }));
    const [header] = told((table) => table.add({ ...sample(2, 0), groups }));
    expect(header!.trim().split(/ {2,}/)).toEqual([
      ...['time', 'posts/s', 'ok/s', 'unknown'],
      ...shown.flatMap((name) => [name, 'waiting']),
      ...(names.length < 3 ? ['broken now'] : [expect.stringMatching(/^broken/)]),
    ]);
  });

  it('counts groups together that have no room, and cuts off what is longer than a line', () => {
    const lines = told((table) => table.add(sample(2, 5, ['freeze every broker', 'cut daemon 1 -> zookeeper'])));
    expect(lines[0]!.match(/rest\/s/g)).toHaveLength(1);
    expect(lines[1]!.trim().split(/ {2,}/).slice(4, 10)).toEqual(['10', '0', '20', '1', '120', '9']);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });
});
