import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TESTED_KAFKA_VERSIONS } from '../../scripts/test/tested-versions.js';
import { realFiles } from '../../scripts/test/real-run.js';
import { compareVersions } from '../../src/cluster/versions.js';
import { chosenVersions, type Outcome, renderOutcomes } from '../../scripts/test/version-outcomes.js';

const outcome = (version: string, more: Partial<Outcome> = {}): Outcome => ({
  version,
  seconds: 61.25,
  passed: true,
  tests: { passed: 7, failed: 0, skipped: [] },
  ...more,
});

describe('npm run test:versions', () => {
  it('knows the versions under test from the oldest to the newest', () => {
    expect([...TESTED_KAFKA_VERSIONS].sort(compareVersions)).toEqual(TESTED_KAFKA_VERSIONS);
    expect(TESTED_KAFKA_VERSIONS[0]).toBe('0.8.2.2');
    expect(TESTED_KAFKA_VERSIONS.at(-1)).toMatch(/^4\./);
  });

  it('tests every version that the product is tested against, or those that it is told', () => {
    expect(chosenVersions([])).toEqual(TESTED_KAFKA_VERSIONS);
    expect(chosenVersions(['--only', '3.9.1,0.8.2.2'])).toEqual(['3.9.1', '0.8.2.2']);
    expect(chosenVersions(['--help'])).toBe('help');
    expect(() => chosenVersions(['--only', '3.9.1,7.0.0'])).toThrow('"7.0.0"');
    expect(() => chosenVersions(['3.9.1'])).toThrow('3.9.1');
  });

  it('lists each version with its time and tests, and adds them up', () => {
    const failed = { passed: false, tests: { passed: 5, failed: 2, skipped: ['a test'] } };
    expect(renderOutcomes([outcome('0.8.2.2'), outcome('4.4.0', failed)])).toEqual({
      lines: [
        '',
        'Kafka 0.8.2.2    61.3 s  passed: 7 passed, 0 failed',
        'Kafka 4.4.0      61.3 s  FAILED: 5 passed, 2 failed',
        '  skipped: a test',
        '12 passed, 2 failed',
      ],
      passed: false,
    });
  });

  it('lists a version that does not start with its error, and counts it as failed', () => {
    const none = { passed: 0, failed: 0, skipped: [] };
    const broken = outcome('0.8.2.2', { passed: false, tests: none, startError: 'zookeeper ended.\nFrom its log' });
    expect(renderOutcomes([broken, outcome('3.9.1')])).toEqual({
      lines: [
        '',
        'Kafka 0.8.2.2    61.3 s  did not start',
        '  zookeeper ended.',
        '  From its log',
        'Kafka 3.9.1      61.3 s  passed: 7 passed, 0 failed',
        '7 passed, 1 failed',
      ],
      passed: false,
    });
  });

  it('counts a run that broke without a failed test as failed', () => {
    expect(renderOutcomes([outcome('3.9.1', { passed: false })])).toMatchObject({ passed: false });
    expect(renderOutcomes([outcome('3.9.1', { passed: false })]).lines.at(-1)).toBe('7 passed, 1 failed');
  });
});

describe('the tests that need a broker', () => {
  it('run wholly on the default version, and a part of them on each', () => {
    const all = realFiles('all');
    expect(all.length).toBeGreaterThan(realFiles('on-each-version').length);
    expect(all.every((file) => existsSync(file))).toBe(true);
    for (const which of ['on-each-version', 'core'] as const) {
      expect(all).toEqual(expect.arrayContaining(realFiles(which)));
    }
  });

  it('have a core without those that take long, which runs on each version too', () => {
    const core = realFiles('core');
    const names = core.map((file) => basename(file));
    expect(names).toEqual(expect.arrayContaining(['groups.test.ts', 'kafka-port.test.ts', 'main-job.test.ts']));
    expect(names).not.toContain('weather.test.ts');
    expect(realFiles('on-each-version')).toEqual(expect.arrayContaining(core));
  });
});
