import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chaosRun } from '../../src/cli/chaos-run.js';
import type { Host } from '../../src/host/host.js';
import { virtualHost } from '../../src/host/virtual-host.js';

const folder = mkdtempSync(join(tmpdir(), 'chaos-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'script.yaml');
writeFileSync(path, 'title: Does it hold?\n');

/** Why nothing was started, before anything was. */
async function refused(
  asked: { readonly html?: string; readonly keep?: string },
  host: Host = virtualHost(),
): Promise<string> {
  const run = chaosRun({
    scripts: [path],
    seed: undefined,
    json: undefined,
    junit: undefined,
    html: undefined,
    keep: undefined,
    ...asked,
    host,
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

  it('says where it can make no folder', async () => {
    const host = virtualHost();
    const temporaryFolder = join(folder, 'missing');
    const told = await refused({}, { ...host, identity: { ...host.identity, temporaryFolder } });
    expect(told).toContain(`no folder for logs can be made in ${temporaryFolder}: ENOENT`);
    expect(told).toContain('Nothing was run; let TMPDIR name another');
  });
});
