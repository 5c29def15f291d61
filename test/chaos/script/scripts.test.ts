import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readScriptFile } from '../../../src/chaos/script/read.js';
import { resolveTimeline } from '../../../src/chaos/script/timeline.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(root, 'chaos');
const names = readdirSync(folder);
const runMaxMs = 90_000;

describe('the scripts that come with the package', () => {
  it('are ten, and they are packed', () => {
    expect(names.filter((name) => name.endsWith('.yaml'))).toHaveLength(10);
    const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
    expect(files).toContain('chaos');
  });

  it.each(names)('%s asks a question, is short, and does something', (name) => {
    const script = readScriptFile(join(folder, name));
    expect(script.title).toMatch(/^What happens .*\?$/);
    expect(script.durationMs).toBeLessThanOrEqual(runMaxMs);
    expect(resolveTimeline(script).length).toBeGreaterThan(0);
  });

  it.each(names)('%s asks for no less than the usual guarantees, of both kinds of groups', (name) => {
    const { expect: asked, workload } = readScriptFile(join(folder, name));
    expect(asked.relaxed).toEqual([]);
    expect(workload.type === 'own' && workload.consume.map(({ ack }) => ack)).toEqual(['auto', 'later']);
  });

  it.each(names)('%s leaves time after each fault for all to be well again before the run is over', (name) => {
    const script = readScriptFile(join(folder, name));
    const ends = resolveTimeline(script).map(({ atMs, forMs }) => atMs + forMs);
    expect(Math.max(...ends)).toBeLessThanOrEqual(script.durationMs - script.expect.backWithinMs);
  });
});
