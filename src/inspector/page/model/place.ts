/** What an address says: whose it is, and of which cluster, group, topic and partition. What it does not name is left out. */
export interface Place {
  /** Name of the daemon in front; empty: none is. */
  readonly daemon: string;
  /** Names from the top, decoded; none: the daemon itself. */
  readonly names: readonly string[];
  readonly cluster?: string;
  readonly group?: string;
  readonly topic?: string;
  readonly partition?: number;
  /** It writes: `topic` and `partition` are those written to. */
  readonly produces: boolean;
}

const decoded = (name: string): string => {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
};

/** Reads an address as displayed: `d2:default/group/g1/topic/orders/partition/3`, `default/producer/orders/3`. */
export function placeOf(address: string): Place {
  const { daemon = '', path = '' } = /^(?:(?<daemon>[^:/]*):)?(?<path>.*)$/s.exec(address)?.groups ?? {};
  const names = path === '' ? [] : path.split('/').map(decoded);
  const [cluster, what, first, second, topic, third, partition] = names;
  const base = { daemon, names, ...(cluster !== undefined && { cluster }) };
  if (what === 'producer' && first !== undefined) {
    return { ...base, topic: first, ...numbered(second), produces: true };
  }
  if (what !== 'group' || first === undefined) return { ...base, produces: false };
  const inGroup = { ...base, group: first, produces: false };
  if (second !== 'topic' || topic === undefined) return inGroup;
  return { ...inGroup, topic, ...(third === 'partition' ? numbered(partition) : {}) };
}

function numbered(text: string | undefined): { readonly partition?: number } {
  const partition = Number(text);
  return text !== undefined && Number.isSafeInteger(partition) ? { partition } : {};
}
