import { createClient, CreateMode, Exception, type Client, type Event, type Stat } from 'node-zookeeper-client';

export type Watcher = (event: Event) => void;

/** The library's own parts that closing without a word needs. */
interface Internals {
  readonly connectionManager: { state: number; readonly socket: { destroy(): void } };
}
const closingState = -1;

export const isMissing = (error: unknown): boolean => (error as { code?: number }).code === Exception.NO_NODE;
export const isThere = (error: unknown): boolean => (error as { code?: number }).code === Exception.NODE_EXISTS;

type Callback<T> = (error: Error | { code: number } | null, value: T) => void;

/** node-zookeeper-client as it is, but with promises. */
export class PlainZooKeeper {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async connect(servers: string, sessionTimeout: number): Promise<PlainZooKeeper> {
    const client = createClient(servers, { sessionTimeout });
    const connected = new Promise<void>((resolve) => client.once('connected', () => resolve()));
    client.connect();
    await connected;
    return new PlainZooKeeper(client);
  }

  #promise<T>(begin: (callback: Callback<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      begin((error, value) => {
        if (error) reject(error as Error);
        else resolve(value);
      });
    });
  }

  async createPersistent(path: string): Promise<void> {
    await this.#promise<string>((callback) => this.#client.mkdirp(path, callback));
  }

  async createEphemeral(path: string, data: string): Promise<void> {
    await this.#promise<string>((callback) =>
      this.#client.create(path, Buffer.from(data), CreateMode.EPHEMERAL, callback),
    );
  }

  async setData(path: string, data: string): Promise<void> {
    await this.#promise<Stat>((callback) => this.#client.setData(path, Buffer.from(data), -1, callback));
  }

  children(path: string, watcher?: Watcher): Promise<string[]> {
    return this.#promise((callback) =>
      watcher ? this.#client.getChildren(path, watcher, callback) : this.#client.getChildren(path, callback),
    );
  }

  data(path: string, watcher?: Watcher): Promise<{ text: string; version: number }> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | { code: number } | null, data: Buffer | undefined, stat: Stat) => {
        if (error) reject(error as Error);
        else resolve({ text: data?.toString() ?? '', version: stat.version });
      };
      if (watcher) this.#client.getData(path, watcher, done);
      else this.#client.getData(path, done);
    });
  }

  async remove(path: string, version = -1): Promise<void> {
    await this.#promise<void>((callback) => this.#client.remove(path, version, (error) => callback(error, undefined)));
  }

  /** Ends the session: its ephemeral nodes go at once. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#client.once('disconnected', () => resolve()));
    this.#client.close();
    await closed;
  }

  /** As a process that dies: the server keeps the session until it has timed out. */
  drop(): void {
    const { connectionManager } = this.#client as unknown as Internals;
    connectionManager.state = closingState;
    connectionManager.socket.destroy();
  }
}
