import { randomUUID } from 'node:crypto';
import { link, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { FOLDER_PREFIX } from '../../src/cluster/cluster.js';
import type { ProcessMark } from './marks.js';

/** What `up` leaves for `status` and `down`: one file for each named cluster, in a folder that only its user can write. */
export interface ClusterState {
  readonly name: string;
  readonly kafkaVersion: string;
  readonly kafkaPeers: string;
  readonly zookeeperPeers: string;
  /** Data and logs; removed by `down`. */
  readonly folder: string;
  readonly processes: readonly (ProcessMark & { readonly name: string })[];
}

const SUFFIX = '.json';

export class StateFolder {
  readonly #path: string;

  /** Default: a folder of this user's among the temporary ones, so that a restart of the machine clears it too. */
  constructor(path = join(tmpdir(), `kafka-pixy-clusters-${process.getuid?.() ?? 'user'}`)) {
    this.#path = path;
  }

  /** Returns false, and writes nothing, when a cluster of that name is on record. */
  async add(state: ClusterState): Promise<boolean> {
    await this.#secure();
    const draft = `${this.#file(state.name)}.${randomUUID()}`;
    await writeFile(draft, `${JSON.stringify(state, null, 2)}\n`);
    try {
      // A link is made whole or not at all, and never replaces another.
      await link(draft, this.#file(state.name));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  async get(name: string): Promise<ClusterState | null> {
    await this.#secure();
    const content = await readFile(this.#file(name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    return content === null ? null : parseState(content, this.#file(name));
  }

  /** Names on record, sorted. */
  async names(): Promise<string[]> {
    await this.#secure();
    const files = (await readdir(this.#path)).filter((file) => file.endsWith(SUFFIX));
    return files.map((file) => file.slice(0, -SUFFIX.length)).sort();
  }

  async remove(name: string): Promise<void> {
    await rm(this.#file(name), { force: true });
  }

  #file(name: string): string {
    return join(this.#path, `${name}${SUFFIX}`);
  }

  /** Processes are killed and folders removed by what is written there, so nobody else may have written it. */
  async #secure(): Promise<void> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    const found = await lstat(this.#path);
    const uid = process.getuid?.();
    if (!found.isDirectory() || (uid !== undefined && found.uid !== uid) || (found.mode & 0o022) !== 0) {
      throw new Error(`${this.#path} is not a folder that only you can write. Remove it and try again.`);
    }
  }
}

export function parseState(content: string, path: string): ClusterState {
  let state: ClusterState | undefined;
  try {
    state = JSON.parse(content) as ClusterState;
  } catch {
    // Told below, as any other content that is not a state.
  }
  const processesRead = Array.isArray(state?.processes) && state.processes.every(isProcess);
  if (state === undefined || !processesRead || !isDataFolder(state.folder)) {
    throw new Error(`${path} cannot be read as the record of a cluster. If none runs, remove the file.`);
  }
  return state;
}

function isProcess(value: unknown): boolean {
  const { name, pid, started } = (value ?? {}) as Record<string, unknown>;
  return typeof name === 'string' && Number.isInteger(pid) && (pid as number) > 1 && typeof started === 'string';
}

/** `down` removes this folder and all that is in it: it must be one that `up` could have made. */
function isDataFolder(path: unknown): boolean {
  return typeof path === 'string' && dirname(path) === tmpdir() && basename(path).startsWith(FOLDER_PREFIX);
}
