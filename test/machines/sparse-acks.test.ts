import { describe, expect, it } from 'vitest';
import {
  BadSparseAcks,
  decodeSparseAcks,
  encodeSparseAcks,
  readableSparseAcks,
} from '../../src/machines/sparse-acks.js';

describe('sparse acks', () => {
  it('reads and writes the text of a large range, as another implementation wrote it', () => {
    const ranges = decodeSparseAcks(1000n, 'abra1234+/P');
    expect(ranges).toEqual([
      { from: 1026n, to: 1053n },
      { from: 1896n, to: 17178584637n },
    ]);
    expect(encodeSparseAcks(1000n, ranges, 4096)).toEqual({ text: 'abra1234+/P', leftOut: 0 });
  });

  it('holds 64-bit offsets', () => {
    const ranges = [
      { from: 398n, to: 400n },
      { from: 4496n, to: 4497n },
      { from: 9223372036854775806n, to: 9223372036854775807n },
    ];
    const { text } = encodeSparseAcks(312n, ranges, 4096);
    expect(text).toBe('2CCggEBtz7/////////HB');
    expect(decodeSparseAcks(312n, text)).toEqual(ranges);
    expect(readableSparseAcks(312n, ranges.slice(0, 2))).toBe('86-88,4184-4185');
  });

  it('leaves out the farthest ranges when the text would be too long', () => {
    const ranges = [
      { from: 2n, to: 3n },
      { from: 10n, to: 11n },
      { from: 5000n, to: 5001n },
    ];
    expect(encodeSparseAcks(0n, ranges, 4)).toEqual({ text: 'CBHB', leftOut: 1 });
    expect(encodeSparseAcks(0n, ranges, 3)).toEqual({ text: 'CB', leftOut: 2 });
  });

  it('refuses a range that begins at offset 0: nothing is committed there that could have been passed', () => {
    expect(() => decodeSparseAcks(0n, 'AB')).toThrow(BadSparseAcks);
    expect(decodeSparseAcks(0n, 'BB')).toEqual([{ from: 1n, to: 2n }]);
  });

  it.each(['*', 'B', 'Bg', 'BA', 'B'.repeat(3), 'g'.repeat(14)])('refuses %j', (text) => {
    expect(() => decodeSparseAcks(5n, text)).toThrow(BadSparseAcks);
  });
});
