/** Which partition a message goes to. Pure; the numbers are those of the original, so that both can write to one topic. */

const fnvOffsetBasis = 0x811c9dc5;
const fnvPrime = 0x01000193;

/** FNV-1a, 32 bits, as a signed integer. */
export function fnv1a(bytes: Uint8Array): number {
  let hash = fnvOffsetBasis | 0;
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ bytes[at]!, fnvPrime);
  return hash;
}

/**
 * The partition of a key among `partitionCount`: the magnitude of the signed hash modulo the count. It is neither the Java
 * client's murmur2 nor `(hash & 0x7fffffff) % n`. Every partition counts, one without a leader too: keys do not move.
 */
export function partitionOfKey(key: Uint8Array, partitionCount: number): number {
  return Math.abs(fnv1a(key) % partitionCount);
}

/** A partition for a message without a key: any that has a leader; any at all while none has. `chance` is in [0, 1). */
export function partitionByChance(
  partitions: readonly { readonly partition: number; readonly leader: number }[],
  chance: number,
): number {
  let withLeader = 0;
  for (const { leader } of partitions) if (leader >= 0) withLeader++;
  if (withLeader === 0) return partitions[Math.floor(chance * partitions.length)]!.partition;
  let nth = Math.floor(chance * withLeader);
  for (const { partition, leader } of partitions) if (leader >= 0 && nth-- === 0) return partition;
  throw new RangeError('chance must be in [0, 1)');
}

const murmurSeed = 0x9747b28c | 0;
const murmurFactor = 0x5bd1e995;

/** MurmurHash2, 32 bits, as a signed integer. Source: `Utils.murmur2` of the Java client. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  let hash = murmurSeed ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(word, murmurFactor);
    word ^= word >>> 24;
    hash = Math.imul(hash, murmurFactor) ^ Math.imul(word, murmurFactor);
  }
  if (at < length) {
    for (let shift = 0; at + shift < length; shift++) hash ^= bytes[at + shift]! << (8 * shift);
    hash = Math.imul(hash, murmurFactor);
  }
  hash = Math.imul(hash ^ (hash >>> 13), murmurFactor);
  return hash ^ (hash >>> 15);
}

/** Where the Java clients put a key among `partitionCount`. */
export function partitionOfJavaKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount;
}

export type PartitionerName = 'hash' | 'random' | 'roundrobin' | 'murmur2';

interface Partition {
  readonly partition: number;
  readonly leader: number;
}

/** Which of the partitions (ascending, at least one) a message goes to; `null`: it has no key. */
export type Partitioner = (key: Uint8Array | null, partitions: readonly Partition[]) => number;

/** The partitioner of one topic. @param chance in [0, 1), anew for each call */
export function partitionerOf(name: PartitionerName, chance: () => number): Partitioner {
  if (name === 'roundrobin') return inTurn();
  if (name === 'random') return (_, partitions) => partitionByChance(partitions, chance());
  const ofKey = name === 'hash' ? partitionOfKey : partitionOfJavaKey;
  return (key, partitions) =>
    key === null ? partitionByChance(partitions, chance()) : partitions[ofKey(key, partitions.length)]!.partition;
}

/** One after the other of those that have a leader; of all while none has. */
function inTurn(): Partitioner {
  let turn = 0;
  return (_, partitions) => {
    const led = partitions.filter(({ leader }) => leader >= 0);
    const writable = led.length > 0 ? led : partitions;
    turn = turn < Number.MAX_SAFE_INTEGER ? turn + 1 : 1;
    return writable[(turn - 1) % writable.length]!.partition;
  };
}
