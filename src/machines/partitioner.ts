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
