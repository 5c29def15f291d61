import { isIP } from 'node:net';
import { formatAddress, type TcpAddress } from '../config/config.js';

const loopbackNames = ['127.0.0.1', 'localhost', '::1'];

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/** `name:port` of a Host header; HTTP leaves its standard port out. */
function parseHost(header: string): TcpAddress | undefined {
  const match = /^(?:\[(?<ipv6>[\da-f:.]+)\]|(?<name>[^\s:/?#@[\]]+))(?::(?<port>\d{1,5}))?$/i.exec(header);
  if (!match) return undefined;
  const { ipv6, name, port = '80' } = match.groups as { ipv6?: string; name?: string; port?: string };
  return { host: (ipv6 ?? name!).toLowerCase(), port: Number(port) };
}

/**
 * Whether a request that names this host is meant for us. A page of somebody else could have the browser ask for a name of
 * its own that it lets point to this machine (DNS rebinding); of the names that can be asked for here it owns none.
 *
 * @param listening where we listen, with the port that the system chose
 */
export function isOwnHost(header: string | undefined, listening: TcpAddress): boolean {
  const named = header === undefined ? undefined : parseHost(header);
  if (!named || named.port !== listening.port) return false;
  if (named.host === listening.host.toLowerCase()) return true;
  if (isLoopback(listening.host)) return loopbackNames.includes(named.host);
  return named.host === 'localhost' || isIP(named.host) !== 0;
}

/** Whether the page that opens a stream is ours; a program that is no browser names none. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || origin.toLowerCase() === `http://${host?.toLowerCase()}`;
}

/**
 * Whether a request comes of our page, of an address that somebody typed, or of a program that is no browser. Another page
 * could not read the answer, but have the daemon put together one after the other.
 *
 * @param site as the header `Sec-Fetch-Site` has it; empty: there is none
 */
export function isOwnPage(site: string): boolean {
  return site === '' || site === 'same-origin' || site === 'none';
}

/** Where one can open the page: as a rule the address where it is served. */
export function pageUrl({ host, port }: TcpAddress): string {
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${formatAddress({ host: reachable, port })}/`;
}
