const TWO_TO_32 = 4_294_967_296;

/** A big-endian int64 as a number; beyond 2^53 it is the nearest one. For times, where that does no harm. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * TWO_TO_32 + bytes.readUInt32BE(at + 4);
}

/** A big-endian int64 that must be exact, as offsets must. Throws `RangeError` beyond the safe integers. */
export function readSafeInt64(bytes: Buffer, at: number): number {
  const value = readInt64(bytes, at);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`${bytes.readBigInt64BE(at)} is beyond the offsets that can be told apart`);
  return value;
}

export function writeInt64(bytes: Buffer, value: number, at: number): void {
  bytes.writeInt32BE(Math.floor(value / TWO_TO_32), at);
  bytes.writeUInt32BE(((value % TWO_TO_32) + TWO_TO_32) % TWO_TO_32, at + 4);
}
