import { describe, expect, it } from 'vitest';
import { Playback } from '../../../src/inspector/page/model/playback.js';
import { readRecording } from '../../../src/inspector/page/model/recording-file.js';
import { protocolVersion } from '../../../src/inspector/protocol.js';
import { end, head, recordingOf, remark, spawn, state } from './records.js';

const records = [
  spawn(100, 'c/a'),
  state(100, 'c/a', 'one'),
  remark(150, 'first'),
  state(200, 'c/a', 'two'),
  spawn(250, 'c/b'),
  state(300, 'c/b', 'here'),
  remark(300, 'second'),
  end(400, 'c/a'),
];
const valueOf = (playback: Playback, address: string) => playback.world.actors.get(address)?.value;

describe('a recording that is played', () => {
  it('begins at its first moment and ends at its last', () => {
    const playback = new Playback(recordingOf(records));
    expect([playback.fromMs, playback.atMs, playback.toMs, playback.isAtEnd]).toEqual([100, 100, 400, false]);
    expect(valueOf(playback, 'c/a')).toBe('one');
    playback.seek(Infinity);
    expect([playback.atMs, playback.isAtEnd]).toEqual([400, true]);
  });

  it('shows each moment as it was, forward and back', () => {
    const playback = new Playback(recordingOf(records));
    const seen = [199, 200, 299, 300, 250, 150, 400, 100].map((atMs) => {
      playback.seek(atMs);
      return [atMs, valueOf(playback, 'c/a'), valueOf(playback, 'c/b'), playback.world.nowMs];
    });
    expect(seen).toEqual([
      [199, 'one', undefined, 199],
      [200, 'two', undefined, 200],
      [299, 'two', undefined, 299],
      [300, 'two', 'here', 300],
      [250, 'two', undefined, 250],
      [150, 'one', undefined, 150],
      [400, 'two', 'here', 400],
      [100, 'one', undefined, 100],
    ]);
  });

  it('goes forward in the same world, so that little steps cost little', () => {
    const playback = new Playback(recordingOf(records));
    const { world } = playback;
    playback.seek(300);
    expect(playback.world).toBe(world);
    playback.seek(200);
    expect(playback.world).not.toBe(world);
  });

  it('finds the next and the previous remark', () => {
    const playback = new Playback(recordingOf(records));
    expect(playback.next('remark', false)).toBe(150);
    playback.seek(150);
    expect(playback.next('remark', false)).toBe(300);
    expect(playback.next('remark', true)).toBeUndefined();
    playback.seek(400);
    expect(playback.next('remark', false)).toBeUndefined();
    expect(playback.next('remark', true)).toBe(300);
  });

  it('finds the next and the previous state of one actor', () => {
    const playback = new Playback(recordingOf(records));
    expect(playback.next('state', false, 'c/a')).toBe(200);
    playback.seek(200);
    expect(playback.next('state', false, 'c/a')).toBe(400);
    expect(playback.next('state', true, 'c/a')).toBe(100);
    expect(playback.next('state', false, 'c/b')).toBe(300);
  });

  it('plays an empty one', () => {
    const playback = new Playback(recordingOf([]));
    expect([playback.fromMs, playback.toMs, playback.isAtEnd]).toEqual([0, 0, true]);
  });
});

describe('a file that is opened', () => {
  it('is read', () => {
    const recording = recordingOf(records);
    expect(readRecording(JSON.stringify(recording))).toEqual(recording);
  });

  it('is put in order of time, those of one moment as they were', () => {
    const [first, second, ...rest] = records;
    const read = readRecording(JSON.stringify(recordingOf([...rest, first!, second!])));
    expect(read.records).toEqual(records);
  });

  it.each([
    ['{"format":', /not JSON/],
    ['[1]', /no recording/],
    ['null', /no recording/],
    [JSON.stringify({ ...recordingOf([]), head: undefined }), /head or its records are missing/],
    [JSON.stringify({ ...recordingOf([]), records: 7 }), /head or its records are missing/],
    [
      JSON.stringify({ ...recordingOf([]), head: { ...head, protocol: protocolVersion + 1 } }),
      /of version 2 and this page reads version 1/,
    ],
    [JSON.stringify({ ...recordingOf([]), records: [records[0], { type: 'state' }] }), /record 2 of 2 cannot be read/],
    [JSON.stringify({ ...recordingOf([]), head: { ...head, daemons: [{}] } }), /head or its records are missing/],
  ])('is refused in words: %s', (text, why) => {
    expect(() => readRecording(text)).toThrow(why);
  });

  it.each([
    { type: 'actor' },
    { type: 'actor', actor: { address: 'a' } },
    { type: 'sample', sample: { mailboxLength: 0, openAsks: 0, load: { __proto__: null, x: { type: 'script' } } } },
    { type: 'state', value: 7, by: 'x', taken: [] },
    { type: 'group', group: { cluster: 'c', group: 'g', members: [{ id: 'm' }], owners: [] } },
    { type: '__proto__' },
    { type: 'toString' },
    { type: 'remark', text: { html: '<b>' } },
  ])('is refused before the page stumbles over it: %j', (rest) => {
    const text = JSON.stringify({ ...recordingOf([]), records: [{ atMs: 1, address: 'a', ...rest }] });
    expect(() => readRecording(text)).toThrow(/record 1 of 1 cannot be read/);
  });
});
