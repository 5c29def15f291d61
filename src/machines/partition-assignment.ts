/**
 * Which partitions of a topic fall to which member. Everybody computes it alone from the same ZooKeeper data, so it has to
 * be the original's, exactly: partitions by number, members by the byte order of their ids; each member in turn gets the
 * next ⌊P/M⌋ partitions, the first P mod M members one more.
 */
export function assignPartitions(partitions: readonly number[], members: readonly string[]): Map<string, number[]> {
  const sortedPartitions = [...new Set(partitions)].sort((a, b) => a - b);
  // By bytes, as Go sorts; JavaScript's own order is by UTF-16 units and differs beyond the basic plane.
  const sortedMembers = [...new Set(members)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const assignment = new Map<string, number[]>();
  const each = sortedMembers.length === 0 ? 0 : Math.floor(sortedPartitions.length / sortedMembers.length);
  const withOneMore = sortedPartitions.length - each * sortedMembers.length;
  let next = 0;
  sortedMembers.forEach((member, index) => {
    const count = each + (index < withOneMore ? 1 : 0);
    assignment.set(member, sortedPartitions.slice(next, next + count));
    next += count;
  });
  return assignment;
}
