import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Files = ReadonlyMap<string, string>;

/** Names of what `folder` has otherwise than `files`: different, missing, or there though no machine has it any more. */
export function staleFiles(folder: string, files: Files): string[] {
  const differing = [...files].filter(([name, content]) => {
    const path = join(folder, name);
    return !existsSync(path) || readFileSync(path, 'utf8') !== content;
  });
  return [...differing.map(([name]) => name), ...leftovers(folder, files)].sort();
}

/** Makes `folder` hold exactly `files`. */
export function writeFiles(folder: string, files: Files): void {
  mkdirSync(folder, { recursive: true });
  for (const name of leftovers(folder, files)) rmSync(join(folder, name));
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
}

function leftovers(folder: string, files: Files): string[] {
  return (existsSync(folder) ? readdirSync(folder) : []).filter((name) => !files.has(name));
}
