/** The flags that set configuration, with what help says of them. Names as in the original. */
export const flagTable = {
  config: 'YAML file with everything that can be set, as default.yaml shows it; flags win over it',
  kafkaPeers: 'Kafka brokers to begin with: host:port, several separated by commas (localhost:9092)',
  zookeeperPeers:
    'ZooKeeper servers: host:port, several separated by commas, and a chroot from the first slash (localhost:2181)',
  grpcAddr: 'address of the gRPC API: host:port (0.0.0.0:19091)',
  tcpAddr: 'address of the HTTP API: host:port (0.0.0.0:19092)',
  unixAddr: 'path of a Unix domain socket that serves the HTTP API as well',
  pidFile: 'file that the process id is written to',
  logging: 'loggers as a JSON array: [{"name": "console", "severity": "info"}]; also json and syslog',
  tls: 'connect to the brokers by TLS (false)',
  caCertFile: 'PEM file of the authorities that the certificates of brokers are held against',
  clientCertFile: 'PEM file of the certificate that is shown to brokers',
  clientCertKeyFile: 'PEM file of the key that belongs to it',
  insecureTLS: 'do not check the certificates of brokers (false)',
  inspect:
    'serve the inspector, a page that shows what happens inside, on this address; without one 127.0.0.1:19093 (off)',
  dumpDir: "folder that gets the last records of an actor that failed (one in the system's temporary folder)",
  allowFaults: 'path of a Unix domain socket by which chaos scripts can crash and slow down what works inside (off)',
  drainTimeout: 'longest time from a signal to the exit, as in 500ms, 15s or 1m (15s)',
} as const;

export type FlagName = keyof typeof flagTable;
export type FlagValues = { readonly [name in FlagName]?: string | undefined };

/** Flags that may stand without a value, which is then `true`. */
export const switchFlags: readonly FlagName[] = ['tls', 'insecureTLS', 'inspect'];

/** Those of them that take the next argument as well, where it looks like an address or a port. */
export const addressSwitchFlags: readonly FlagName[] = ['inspect'];
