import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const setupFiles = ['test/support/record-transitions.ts'];

/**
 * XState's development build warns and throws where the production build, which users run, does not. Vitest would take
 * the former; here Node itself says which file it would load.
 */
const resolve = {
  alias: ['xstate', 'xstate/graph'].map((name) => ({
    find: new RegExp(`^${name}$`),
    replacement: fileURLToPath(import.meta.resolve(name)),
  })),
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', 'test/browser/**', 'test/simulation/**'],
          setupFiles,
          // As it stands Vitest leaves one core of two idle.
          maxWorkers: 2,
          // To load the product anew for each file would take longer than most files do.
          isolate: false,
        },
      },
      {
        resolve,
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          setupFiles,
          // Bugs are planted into the modules, which nobody else is to see, so each file has its own.
          maxWorkers: 2,
        },
      },
      {
        resolve,
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          setupFiles,
          // One cluster serves all files, on the cores that the tests themselves need.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/support/global-setup.ts'],
          // The browser takes a core for itself; and what was read once serves every file.
          maxWorkers: 1,
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
