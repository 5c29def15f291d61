/**
 * The text form of acknowledged ranges above a committed offset, as it stands in the offset's metadata. Other
 * implementations read and write it, so it is theirs byte for byte: for each range the distance from the end of the one
 * before (the first: from the committed offset) and its length, each as groups of five bits, least significant first, one
 * Base64 character a group, all but the last of a number with the sixth bit set.
 *
 * Offsets are 64-bit there, so this codec alone computes with BigInt.
 */

/** Acknowledged offsets, half-open: `from` is, `to` is not. */
export interface AckRange {
  readonly from: bigint;
  readonly to: bigint;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const continued = 32n;
/** A 64-bit number has at most so many groups of five bits. */
const charactersPerNumberMax = 13;

export class BadSparseAcks extends Error {
  constructor(reason: string) {
    super(`not a text of sparse acks: ${reason}`);
    this.name = 'BadSparseAcks';
  }
}

function encodeNumber(value: bigint): string {
  let text = '';
  let rest = value;
  do {
    const group = rest & 31n;
    rest >>= 5n;
    text += alphabet[Number(rest > 0n ? group | continued : group)]!;
  } while (rest > 0n);
  return text;
}

/**
 * Encodes ascending, non-adjacent ranges above `committed`. Ranges that would make the text longer than `charactersMax`
 * are left out, farthest first; the offsets in them are delivered once more after a restart.
 */
export function encodeSparseAcks(
  committed: bigint,
  ranges: readonly AckRange[],
  charactersMax: number,
): { text: string; leftOut: number } {
  let text = '';
  let base = committed;
  for (const [index, range] of ranges.entries()) {
    const more = encodeNumber(range.from - base) + encodeNumber(range.to - range.from);
    if (text.length + more.length > charactersMax) return { text, leftOut: ranges.length - index };
    text += more;
    base = range.to;
  }
  return { text, leftOut: 0 };
}

/** Decodes; throws `BadSparseAcks` for a text that no implementation writes. */
export function decodeSparseAcks(committed: bigint, text: string): AckRange[] {
  const ranges: AckRange[] = [];
  let base = committed;
  let at = 0;
  const number = (): bigint => {
    let value = 0n;
    for (let count = 0; ; count++) {
      if (at >= text.length) throw new BadSparseAcks('it ends within a number');
      if (count >= charactersPerNumberMax) throw new BadSparseAcks('a number is too long');
      const bits = alphabet.indexOf(text[at]!);
      if (bits < 0) throw new BadSparseAcks(`unknown character at ${at}`);
      at++;
      value |= (BigInt(bits) & 31n) << BigInt(5 * count);
      if (bits < 32) return value;
    }
  };
  while (at < text.length) {
    const from = base + number();
    const to = from + number();
    if (from <= 0n || from >= to) throw new BadSparseAcks('an empty range');
    ranges.push({ from, to });
    base = to;
  }
  return ranges;
}

/** The form for people: ranges relative to the committed offset, as in `1-2,9-11`. */
export function readableSparseAcks(committed: bigint, ranges: readonly AckRange[]): string {
  return ranges.map(({ from, to }) => `${from - committed}-${to - committed}`).join(',');
}
