import type { BrokerAddress } from './connection.js';

const PORT_DEFAULT = 9092;

/** Reads `host`, `host:port` or `[IPv6]:port`. Throws `RangeError` for anything else. */
export function parsePeer(text: string): BrokerAddress {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text.trim());
  const port = match?.[3] === undefined ? PORT_DEFAULT : Number(match[3]);
  if (!match || port < 1 || port > 65_535) throw new RangeError(`"${text}" is no Kafka peer: it must read host:port`);
  return { host: (match[1] ?? match[2])!, port };
}
