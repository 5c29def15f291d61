import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chaosRun } from '../../src/cli/chaos-run.js';
import { virtualHost } from '../../src/host/virtual-host.js';

const folder = mkdtempSync(join(tmpdir(), 'chaos-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'script.yaml');
writeFileSync(path, 'title: Does it hold?\n');

/** Why nothing was started, before anything was. */
async function refused(asked: { readonly seed?: string; readonly html?: string; readonly keep?: string }) {
  const run = chaosRun({
    scripts: [path],
    seed: undefined,
    json: undefined,
    junit: undefined,
    html: undefined,
    keep: undefined,
    ...asked,
    host: virtualHost(),
    daemonCommand: ['true'],
    product: 'test',
    print: () => {},
    ended: AbortSignal.abort(),
  });
  return run.then(
    () => 'nothing',
    (error: Error) => error.message,
  );
}

describe('kafka-pixy chaos run', () => {
  it('knows before a run of a minute that a report cannot be written', async () => {
    const html = join(folder, 'missing', 'report.html');
    expect(await refused({ html })).toBe(
      `the report ${html} cannot be written: there is no folder ${join(folder, 'missing')}. Nothing was run`,
    );
    expect(await refused({ html: folder })).toBe(
      `the report ${folder} cannot be written: it is a folder. Nothing was run`,
    );
  });

  it('takes no other value for a switch than true and false', async () => {
    expect(await refused({ keep: 'no' })).toBe(
      '--keep: "no" is not allowed; allowed: true or false, or no value for true',
    );
  });
});
