import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { StateMachine, type AnyStateMachine } from 'xstate';

export interface FoundMachine {
  readonly machine: AnyStateMachine;
  /** Absolute path of the file that exports it. */
  readonly file: string;
}

export const machinesFolder = fileURLToPath(new URL('../../src/machines', import.meta.url));

/** Every machine that a file of `src/machines` exports, by id. So nobody has to register one. */
export async function findMachines(folder = machinesFolder): Promise<FoundMachine[]> {
  const found = new Map<string, FoundMachine>();
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.ts')) continue;
    const file = join(folder, name);
    const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    for (const machine of Object.values(exported)) {
      if (!(machine instanceof StateMachine)) continue;
      const twin = found.get(machine.id);
      if (twin && twin.machine !== machine)
        throw new Error(`two machines are called ${machine.id}: ${twin.file}, ${file}`);
      found.set(machine.id, { machine: machine as AnyStateMachine, file });
    }
  }
  return [...found.values()].sort((a, b) => (a.machine.id < b.machine.id ? -1 : 1));
}
