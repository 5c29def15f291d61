import type { InspectedDaemon } from './inspected.js';
import { protocolVersion, type StreamHead } from './protocol.js';

/** What all streams and recordings of a process have in common. */
export interface HeadOptions {
  /** `kafka-pixy` and its version. */
  readonly product: string;
  /** Asked for once: two readings of two clocks are never quite the same distance apart. */
  readonly wallAtZeroMs: number;
}

/** What a stream and a recording of these daemons begin with. */
export function streamHead(daemons: readonly InspectedDaemon[], { product, wallAtZeroMs }: HeadOptions): StreamHead {
  return {
    protocol: protocolVersion,
    product,
    daemons: daemons.map(({ bus, memberIds, listens }) => ({ name: bus.name, memberIds, listens: listens() })),
    wallAtZeroMs,
  };
}
