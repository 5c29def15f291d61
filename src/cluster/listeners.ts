import type { Endpoint } from './probes.js';

/** One of a broker's own, by its name there; the protocol is what Kafka calls `security.protocol`. */
export interface ListenerKind {
  readonly name: string;
  readonly protocol: string;
}

export interface NamedListener extends ListenerKind, Endpoint {}

/** Of one client at one broker, which tells that client another port of its own host: that of what stands between the two. */
export interface ClientListener extends NamedListener {
  readonly advertisedPort: number;
}

/** Clients each of which is told addresses of its own, so that its links to the brokers can be struck one by one. */
export interface ClientListeners {
  readonly clients: readonly string[];
  /** Called before any server starts, for each client at each broker; answers the port, of the same host, that the client is told. */
  readonly advertise: (listener: Endpoint & { readonly broker: number; readonly client: string }) => Promise<number>;
}

/** What brokers serve beside the plain listener, which they go on using among themselves. */
export interface FurtherListeners {
  readonly kinds: readonly ListenerKind[];
  /** Called once, before any server starts: writes what these listeners need into the cluster's folder, and answers the settings of every broker, without their addresses. */
  readonly lay: (folder: string) => Promise<Readonly<Record<string, string>>>;
  /** Known to the brokers before the first client comes. */
  readonly scram: ScramCredentials;
}

export interface ScramCredentials {
  readonly user: string;
  readonly password: string;
  /** Such as `SCRAM-SHA-256`. */
  readonly mechanisms: readonly string[];
}

/** For `kafka-storage format`, which gives a new cluster its first credentials. */
export function scramArguments({ user, password, mechanisms }: ScramCredentials): string[] {
  return mechanisms.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${user},password=${password}]`]);
}

/** For `kafka-configs`, which writes them where ZooKeeper keeps them. */
export function scramConfigArguments(zookeeper: Endpoint, { user, password, mechanisms }: ScramCredentials): string[] {
  const credentials = mechanisms.map((mechanism) => `${mechanism}=[password=${password}]`).join(',');
  const where = ['--zookeeper', `${zookeeper.host}:${zookeeper.port}`, '--entity-type', 'users'];
  return [...where, '--entity-name', user, '--alter', '--add-config', credentials];
}
