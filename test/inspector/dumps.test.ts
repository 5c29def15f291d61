import {
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CrashReport } from '../../src/actors/bus/types.js';
import { virtualHost } from '../../src/host/virtual-host.js';
import { crashDumps, defaultDumpFolder } from '../../src/inspector/dumps.js';
import { World } from '../../src/inspector/page/model/world.js';
import { protocolVersion, type Recording } from '../../src/inspector/protocol.js';
import { at, crash, note, world } from '../actors/bus/support.js';

const userId = process.getuid?.();
/** Somebody else, whoever runs this. */
const stranger = (userId ?? 0) + 4711;

const report = (address: string): CrashReport => ({ address, error: new Error('boom'), atMs: 0, flights: [] });

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'dumps-test-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function dumps({ as = userId, folder = join(place, 'dumps') }: { as?: number | undefined; folder?: string } = {}) {
  const host = virtualHost(1, { userId: as, pid: 42 });
  const warnings: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void warnings.push(JSON.parse(line)) });
  const head = () => ({ protocol: protocolVersion, product: 'a test', daemons: [], wallAtZeroMs: 0 });
  const dump = crashDumps({ folder, head, clock: host.clock, identity: host.identity, log });
  return { host, folder, warnings, dump };
}

describe('dumps of crashes', () => {
  it('are recordings of the actor and of those around it, without payloads', async () => {
    const { dump, folder } = dumps();
    const w = world({ name: 'd2', onCrash: dump });
    w.spawn('p');
    w.spawn('p/a b');
    await w.rest();
    w.bus.tell(at('p/a b'), note('secret'));
    w.bus.tell(at('p/a b'), crash());
    await w.rest();
    const [name] = readdirSync(folder);
    expect(name).toBe('crash-2026-01-01T00-00-00.000Z-42-d2-p-a-b.json');
    const path = join(folder, name!);
    expect(w.log.find(({ address, dump: told }) => address === 'd2:p/a b' && told !== undefined)).toMatchObject({
      dump: path,
    });
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain('secret');
    const recording = JSON.parse(text) as Recording;
    expect(recording).toMatchObject({ format: 'kafka-pixy-recording', source: 'crash of d2:p/a b' });
    const page = new World(recording.head);
    page.applyAll(recording.records);
    expect(page.actors.get('d2:p/a b')).toMatchObject({ kind: 'probe', value: 'restarting', endedHow: 'crashed' });
    expect(page.actors.get('d2:p')).toMatchObject({ value: 'open', tags: ['adopts', 'serves'] });
    expect(recording.records.find(({ type }) => type === 'end')).toMatchObject({ reason: 'boom' });
  });

  it('are for the user alone', () => {
    const { dump, folder } = dumps();
    const path = dump(report('a'))!;
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('are no more than twenty; the oldest go, and nothing that is not one of them', () => {
    const { dump, folder, host } = dumps();
    mkdirSync(folder);
    const foreign = ['notes.txt', 'crash-report.json', 'crash-2001-01-01T00-00-00.000Z-1-a.json.gz'];
    for (const name of foreign) writeFileSync(join(folder, name), '');
    const old = Array.from(
      { length: 25 },
      (_, day) => `crash-2001-01-${String(day + 1).padStart(2, '0')}T00-00-00.000Z-1-a.json`,
    );
    for (const name of old) writeFileSync(join(folder, name), '');
    const path = dump(report('b'))!;
    const kept = readdirSync(folder).filter((name) => !foreign.includes(name));
    expect(kept.sort().map((name) => join(folder, name))).toEqual([
      ...old.slice(-19).map((name) => join(folder, name)),
      path,
    ]);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(foreign));
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('are few in a storm of crashes, and come again after it', async () => {
    const { dump, host, folder, warnings } = dumps();
    const paths = Array.from({ length: 50 }, (_, actor) => dump(report(`a${actor}`)));
    expect(paths.filter((path) => path !== undefined)).toHaveLength(6);
    expect(readdirSync(folder)).toHaveLength(6);
    await host.clock.runFor(60_000);
    expect(dump(report('later'))).toBeDefined();
    expect(warnings).toEqual([]);
  });

  it('do not follow a link of somebody else, and do not go into the folder of somebody else', () => {
    const elsewhere = join(place, 'elsewhere');
    mkdirSync(elsewhere);
    const link = join(place, 'link');
    symlinkSync(elsewhere, link);
    const own = join(place, 'own');
    mkdirSync(own);
    const foreignLink = join(place, 'foreign');
    symlinkSync(own, foreignLink);
    // Only root can give things away; everybody else takes himself for another user than the one they belong to.
    if (userId === 0) for (const path of [elsewhere, foreignLink]) lchownSync(path, stranger, stranger);
    for (const folder of [elsewhere, link, foreignLink]) {
      const { dump, warnings } = dumps({ as: userId === 0 ? 0 : stranger, folder });
      expect(dump(report('a'))).toBeUndefined();
      expect(warnings).toMatchObject([
        { err: { message: expect.stringContaining('belongs to another user') as string } },
      ]);
    }
    expect([...readdirSync(elsewhere), ...readdirSync(own)]).toEqual([]);
    expect(dumps({ folder: own }).dump(report('a'))).toBeDefined();
  });

  it('are not written over what is there, nor through a link', () => {
    const { dump, folder, warnings } = dumps();
    mkdirSync(folder);
    const target = join(place, 'target');
    symlinkSync(target, join(folder, 'crash-2026-01-01T00-00-00.000Z-42-a.json'));
    expect(dump(report('a'))).toBeUndefined();
    expect(readdirSync(place)).toEqual(['dumps']);
    expect(warnings).toMatchObject([{ address: 'a', folder }]);
  });

  it('that cannot be written are a warning, and the crash goes its way', () => {
    const file = join(place, 'file');
    writeFileSync(file, '');
    const { dump, warnings } = dumps({ folder: join(file, 'below') });
    expect(dump(report('a'))).toBeUndefined();
    expect(warnings).toMatchObject([{ level: 40, address: 'a' }]);
  });

  it('go to a folder of the user if nobody says otherwise', () => {
    const { identity } = virtualHost(1, { userId: 7, temporaryFolder: join('some', 'where') });
    expect(defaultDumpFolder(identity)).toBe(join('some', 'where', 'kafka-pixy-7'));
    expect(defaultDumpFolder({ ...identity, userId: undefined })).toBe(join('some', 'where', 'kafka-pixy'));
  });
});
