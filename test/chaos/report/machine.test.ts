import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { hoverScript, hoverScriptDigest } from '../../../src/chaos/report/html/hover-script.js';
import { htmlReport } from '../../../src/chaos/report/html.js';
import { jsonReport } from '../../../src/chaos/report/json.js';
import { junitReport } from '../../../src/chaos/report/junit.js';
import type { ChaosResult } from '../../../src/chaos/result.js';
import { emptyResult, failedResult, hostile, simulatedResult, simulationMaxMs } from './fixtures.js';

let well: ChaosResult;
let failed: ChaosResult;
beforeAll(async () => {
  well = await simulatedResult();
  failed = failedResult(well);
}, simulationMaxMs);

describe('runs as JSON', () => {
  it('are the same after they were written and read, and so need nothing but JSON', () => {
    const report = jsonReport([well, failed, emptyResult(well)]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('say what came of each, in numbers', () => {
    const { passed, runs } = jsonReport([well, failed]);
    expect(passed).toBe(false);
    expect(runs.map((run) => run.passed)).toEqual([true, false]);
    const [first, second] = runs;
    expect(first).toMatchObject({ seed: 3, title: well.script.title, durationMs: 60_000, command: null, logs: null });
    expect(first!.counts).toMatchObject({ posts: well.history.posts.length, inLog: well.history.log.length });
    expect(first!.counts.groups.map(({ group }) => group)).toEqual(['auto', 'later']);
    const again = first!.explained.reduce((sum, { count }) => sum + count, 0);
    expect(first!.counts.groups.reduce((sum, { cameAgain }) => sum + cameAgain, 0)).toBe(again);
    expect(first!.latencies.map(({ kind, group }) => [kind, group])).toEqual([
      ['sync', null],
      ['async', null],
      ['delivery', 'auto'],
      ['delivery', 'later'],
    ]);
    for (const { p50Ms, p90Ms, p99Ms, maxMs } of first!.latencies)
      expect([p50Ms, p90Ms, p99Ms, maxMs]).toEqual([p50Ms, p90Ms, p99Ms, maxMs].sort((a, b) => a - b));
    expect(second!.checks.find(({ name }) => name === 'lost')).toMatchObject({ outcome: 'broken', violationCount: 14 });
    expect(second!.recoveries[1]).toMatchObject({ tookMs: null, slowest: null, unjudged: null });
    expect(second!.command).toMatchObject({ exitCode: 3 });
  });
});

describe('runs as JUnit reads them', () => {
  const suites = (xml: string) => [...xml.matchAll(/<testsuite [^>]*>/g)].map(([tag]) => tag);

  it('have a suite for each script and a test for each check', () => {
    const xml = junitReport([well, failed]);
    const checks = well.verdict.checks.length;
    expect(suites(xml)).toEqual([
      `<testsuite name="${well.script.title}" tests="${checks}" failures="0" errors="0" skipped="2" time="${(well.history.endMs / 1000).toFixed(3)}" timestamp="2026-11-23T08:05:30" file="chaos/simulated.yaml">`,
      expect.stringMatching(/ failures="4" errors="0" skipped="2" .*file="chaos\/failing\.yaml"/),
    ]);
    expect(xml.match(/<testcase /g)).toHaveLength(2 * checks);
    expect(xml).toContain(
      '<testcase name="lost" classname="chaos.failing" time="0">\n      <failure message="14 violations">',
    );
    expect(xml).toContain('<skipped message="left out by the script"/>');
  });

  it('are XML whatever is in them', () => {
    const xml = junitReport([failed]);
    // eslint-disable-next-line no-control-regex -- what XML does not allow
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]|[\ud800-\udfff]/);
    const tags = [...xml.matchAll(/<(\/?)([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>/g)];
    // What is left when every tag is taken away is text: it has no bracket, and of ampersands only those of entities.
    const text = tags.reduce((rest, [tag]) => rest.replace(tag, ''), xml.replace(/^<\?xml.*\?>/, ''));
    expect(text).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|#39|#\d+);)/);
    const open: string[] = [];
    for (const [, slash, name, , isEmpty] of tags) {
      if (slash) expect(open.pop()).toBe(name);
      else if (!isEmpty) open.push(name!);
    }
    expect(open).toEqual([]);
  });

  it('never show a run as passed that failed', () => {
    const xml = junitReport([{ ...well, verdict: { ...well.verdict, passed: false } }]);
    expect(suites(xml)[0]).toContain('failures="1"');
    expect(xml).toContain('<testcase name="verdict"');
  });
});

describe('runs as a page', () => {
  it('run no script but one, whose digest the policy has', () => {
    expect(hoverScriptDigest).toBe(`sha256-${createHash('sha256').update(hoverScript).digest('base64')}`);
    const page = htmlReport([well, failed]);
    expect(page).toContain(`script-src &#39;${hoverScriptDigest}&#39;`);
    const scripts = [...page.matchAll(/<script[^>]*>/g)].map(([tag]) => tag);
    expect(scripts).toEqual(['<script type="application/json">', '<script type="application/json">', '<script>']);
    expect(page).not.toContain('<img');
    expect(page).not.toContain(hostile);
  });

  it('need nothing from anywhere', () => {
    expect(htmlReport([well, failed])).not.toMatch(/\b(src|srcset|href)="(?!#)|url\(|@import|https?:/);
  });

  it('stay small, however long a run was and whatever went wrong', () => {
    const long = { ...failed.history, endMs: 3_600_000, recoveryMs: 3_500_000 };
    const violations = Array.from({ length: 5000 }, (_, at) => ({
      check: 'lost',
      atMs: at * 700,
      text: 'x'.repeat(100),
    }));
    const faults = Array.from({ length: 5000 }, (_, at) => ({
      ...failed.history.faults[0]!,
      fromMs: at,
      toMs: at + 1,
    }));
    const page = htmlReport([{ ...failed, history: { ...long, faults }, verdict: { ...failed.verdict, violations } }]);
    expect(page.length).toBeLessThan(1_500_000);
    expect(page).toContain('4,500 more are in the JSON report');
  });
});
