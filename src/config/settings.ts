import { clusterKeys, topKeys } from './keys.js';
import { validateConfig, type Config, type ConfigInput, type Written } from './schema.js';

type Tree = { [key: string]: unknown };

/** What was set, by whom, before it is checked. Later settings of the same path replace earlier ones. */
export class Settings {
  readonly #values: Tree = Object.create(null) as Tree;
  /** By path, its parts joined by a slash, which no part has. */
  readonly #written = new Map<string, Written>();

  /** Sets what lies at a path of the configuration; `written` is what an error about it names. */
  add(path: readonly string[], value: unknown, written?: Written): void {
    let at = this.#values;
    for (const part of path.slice(0, -1)) {
      if (!isTree(at[part])) at[part] = Object.create(null);
      at = at[part] as Tree;
    }
    at[path.at(-1)!] = value;
    if (written) this.describe(path, written);
  }

  /** Says what was written at a path that lies in one that was added. */
  describe(path: readonly string[], written: Written): void {
    this.#written.set(path.join('/'), written);
  }

  get(path: readonly string[]): unknown {
    return path.reduce<unknown>((at, part) => (isTree(at) ? at[part] : undefined), this.#values);
  }

  /** What was written at a path; of what nobody wrote, where it would be in a file. */
  writtenAt(path: readonly string[]): Written | undefined {
    const list = path.slice(0, -1);
    const written = this.#written.get(path.join('/'));
    if (written) return written;
    return /^\d+$/.test(path.at(-1) ?? '') ? this.#written.get(list.join('/')) : placeInFile(path);
  }

  /** Fills in the defaults. @throws PixyError `bad-option`. */
  validate(): Config {
    return validateConfig(this.#values as ConfigInput, (path) => this.writtenAt(path));
  }
}

function placeInFile(path: readonly string[]): Written | undefined {
  const inCluster = path[0] === 'clusters';
  const below = (inCluster ? path.slice(2) : path).join('.');
  const key = (inCluster ? clusterKeys : topKeys).find((known) => known.path === below)?.key;
  return key === undefined ? undefined : { option: inCluster ? `proxies.${path[1]}.${key}` : key };
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
