export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

const portMax = 65_535;

/**
 * Reads `host:port`, `[ipv6]:port` or, for listening on every interface, `:port`. `undefined`: it is none of these.
 * Port 0 (any free one) is for listening only; who dials checks for it.
 */
export function parseAddress(text: string): TcpAddress | undefined {
  const match = /^(?:\[(?<ipv6>[0-9a-fA-F:.%a-z]+)\]|(?<name>[^\s:/[\]]*)):(?<port>\d{1,5})$/.exec(text);
  if (!match) return undefined;
  const { ipv6, name, port } = match.groups as { ipv6?: string; name?: string; port: string };
  if (Number(port) > portMax) return undefined;
  return { host: ipv6 ?? (name || '0.0.0.0'), port: Number(port) };
}

export function formatAddress({ host, port }: TcpAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Whether what stands where a Unix domain socket may be is a TCP address: it holds a colon, as in the original, and does
 * not begin as a path does.
 */
export function isTcpAddress(text: string): boolean {
  return text.includes(':') && !/^[/.@]/.test(text);
}
