import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLogLine, readDaemonLog } from '../../../src/chaos/world/daemon-log.js';

const time = '2026-01-02T03:04:05.678Z';
const line = (fields: object): string => JSON.stringify({ time, ...fields });
const kindOf = (fields: object) => parseLogLine('daemon 1', line(fields))?.kind;

describe('a line of a daemon’s log', () => {
  it('tells of a defect, with when and what', () => {
    const fields = { level: 50, err: { message: 'x is undefined' }, msg: 'a request failed' };
    expect(parseLogLine('daemon 1', line(fields))).toEqual({
      daemon: 'daemon 1',
      wallMs: 1_767_323_045_678,
      kind: 'defect',
      text: JSON.stringify({ err: { message: 'x is undefined' }, msg: 'a request failed' }),
    });
    expect(kindOf({ level: 60, msg: 'the daemon cannot go on' })).toBe('defect');
  });

  it('tells of none by bad weather, nor by a crash that was asked for and what follows from it', () => {
    expect(kindOf({ level: 50, msg: 'Kafka is not reachable; it is tried again' })).toBeUndefined();
    expect(kindOf({ level: 40, err: { message: 'reset' }, msg: 'a connection broke' })).toBeUndefined();
    expect(kindOf({ level: 50, err: { message: 'this crash was injected' }, msg: 'an actor crashed' })).toBeUndefined();
    const above = { message: 'default/zookeeper failed too often: this crash was injected' };
    expect(kindOf({ level: 60, err: above, msg: 'the daemon cannot go on' })).toBeUndefined();
  });

  it('tells of the end of a session', () => {
    expect(kindOf({ level: 40, msg: 'the ZooKeeper session is over, every partition is given up' })).toBe('session');
  });

  it('may be no line of pino’s, or be cut', () => {
    for (const text of ['', 'FATAL ERROR: heap out of memory', '{"level":60,"msg":"the da', '[1]'])
      expect(parseLogLine('daemon 1', text)).toBeUndefined();
  });
});

it('the log of a process is read to its end, up to a limit of what is found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daemon-log-'));
  try {
    const path = join(folder, 'log');
    await writeFile(path, `${line({ level: 30, msg: 'up' })}\n${`${line({ level: 60, msg: 'down' })}\n`.repeat(1200)}`);
    expect(await readDaemonLog('daemon 1', path)).toHaveLength(1000);
  } finally {
    await rm(folder, { recursive: true });
  }
});
