import { ESLint } from 'eslint';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The lint of the house, without the rules that need types: the snippets below lie in no project. */
const eslint = new ESLint({
  cwd: root,
  overrideConfig: [
    tseslint.configs.disableTypeChecked as never,
    { languageOptions: { parserOptions: { project: null } } },
  ],
});

async function bansIn(code: string, filePath: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  const messages = result?.messages ?? [];
  const broken = messages.find((message) => message.fatal);
  if (broken) throw new Error(`the snippet does not parse: ${broken.message}`);
  return messages.map((message) => message.ruleId ?? '').filter((rule) => rule.startsWith('no-restricted-'));
}

const timeChanceEnvironment = [
  'export const at = Date.now();',
  'export const at = new Date();',
  'export const at = performance.now();',
  'setTimeout(() => {}, 1);',
  'setInterval(() => {}, 1);',
  'setImmediate(() => {});',
  'queueMicrotask(() => {});',
  'clearTimeout(1);',
  'export const id = crypto.randomUUID();',
  'export const chance = Math.random();',
  'export const { random } = Math;',
  "export const chance = Math['random']();",
  'export const signal = AbortSignal.timeout(5);',
  'export const home = process.env.HOME;',
  'export const { env } = process;',
  'export const at = process.hrtime.bigint();',
  'process.nextTick(() => {});',
  'export const id = process.pid;',
  'globalThis.setTimeout(() => {}, 1);',
  'export const { Date: Clock } = globalThis;',
  'export const at = global.performance.now();',
  "import { setTimeout as sleep } from 'node:timers/promises'; await sleep(1);",
  "import { setTimeout as later } from 'timers'; later(() => {}, 1);",
  "import { performance as clock } from 'node:perf_hooks'; clock.now();",
  "import { randomUUID } from 'node:crypto'; randomUUID();",
  "import { hostname } from 'node:os'; hostname();",
  "import { env } from 'node:process'; export const home = env['HOME'];",
  "export const later = await import('node:timers/promises');",
  "export const chance = await import('crypto');",
];

const processOwnership = [
  'process.exit(1);',
  'export const words = process.argv;',
  'process.exitCode = 1;',
  "process.on('SIGTERM', () => {});",
  "process.once('uncaughtException', () => {});",
  'process.kill(1);',
];

const everywhere = [
  'src/machines/x.ts',
  'src/actors/bus/x.ts',
  'src/http/x.ts',
  'src/embedded/x.ts',
  'src/kafka/x.ts',
  'src/daemon.ts',
];
const ownClock = ['src/host/x.ts', 'src/kafka/adapter/x.ts', 'src/zookeeper/adapter/x.ts'];

describe('the bans of the lint', () => {
  // What the first file is linted with has to be loaded, which on a busy machine takes longer than a test may.
  beforeAll(() => eslint.calculateConfigForFile('src/cli.ts'), 60_000);

  it.each(timeChanceEnvironment)('keep time, chance and environment to the host: %s', async (code) => {
    for (const path of [...everywhere, 'src/cli.ts']) expect([path, await bansIn(code, path)]).not.toEqual([path, []]);
    for (const path of ownClock) expect([path, await bansIn(code, path)]).toEqual([path, []]);
  });

  it.each(processOwnership)('keep the process to the command: %s', async (code) => {
    for (const path of [...everywhere, ...ownClock]) expect([path, await bansIn(code, path)]).not.toEqual([path, []]);
    expect(await bansIn(code, 'src/cli.ts')).toEqual([]);
  });

  it('let everything else pass', async () => {
    const code = "import { join } from 'node:path'; export const path = join('a', String(Math.max(1, 2)));";
    for (const path of everywhere) expect(await bansIn(code, path)).toEqual([]);
  });
});
