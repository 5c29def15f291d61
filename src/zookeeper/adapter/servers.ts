export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

const PORT_DEFAULT = 2181;

/**
 * Reads `host:port,host:port`; the port may be missing (2181), an IPv6 address stands in brackets. The client's own parser
 * knows neither brackets nor bad ports.
 */
export function parseServers(servers: string): ServerAddress[] {
  const addresses = servers
    .split(',')
    .map((server) => server.trim())
    .filter((server) => server !== '')
    .map(parseServer);
  if (addresses.length === 0) throw new Error('no ZooKeeper server is named: give at least one as host:port');
  return addresses;
}

function parseServer(server: string): ServerAddress {
  const match = /^(?:\[([^\]]+)\]|([^:[\]/]+))(?::(\d+))?$/.exec(server);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? PORT_DEFAULT : Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new Error(`the ZooKeeper server ${JSON.stringify(server)} is not of the form host:port`);
  }
  return { host, port };
}
