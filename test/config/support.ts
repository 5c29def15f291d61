import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { loadConfig, type FlagValues, type LoadedConfig } from '../../src/config/config.js';
import { PixyError } from '../../src/errors/pixy-error.js';

/** Loads configurations from a file of their own; to be made once in a test file. */
export function configFile() {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kafka-pixy-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = () => join(folder, 'pixy.yaml');
  const load = (yaml: string, flags: FlagValues = {}, env: Record<string, string> = {}): LoadedConfig => {
    writeFileSync(path(), yaml);
    return loadConfig({ config: path(), ...flags }, env);
  };
  /** What is said of a configuration that is refused; the path of the file is `FILE` in it. */
  const refusal = (act: () => unknown): { code: string; text: string } => {
    try {
      act();
    } catch (error) {
      if (error instanceof PixyError) return { code: error.code, text: error.message.replace(path(), 'FILE') };
      throw error;
    }
    throw new Error('it was accepted');
  };
  const bad = (yaml: string, flags: FlagValues = {}) => refusal(() => load(yaml, flags));
  return { path, folder: () => folder, load, refusal, bad };
}

/** The one proxy `a`, of which each line of `section` is a part. */
export const oneProxy = (section: string) => `proxies:\n  a:\n${section.replace(/^/gm, '    ')}\n`;
