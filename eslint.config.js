import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * Time, chance and environment come from the host through the bus (src/host). These rules keep it so: a machine or an
 * actor that looked at a clock of its own could not be replayed from a seed.
 */
const fromHost = 'Time, chance and environment come from the host: use its clock, random, turns and identity.';
const ownsProcess = 'Only the command (src/cli.ts) owns the process: its exit, its signals, its errors.';

const clocksAndChance = [
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'crypto',
];
const hostModules = ['timers', 'timers/promises', 'perf_hooks', 'crypto', 'os', 'process'];

const properties = (object, names, message) => names.map((property) => ({ object, property, message }));

const fromHostProperties = [
  ...properties('Math', ['random'], fromHost),
  ...properties('AbortSignal', ['timeout'], fromHost),
  ...properties('process', ['env', 'hrtime', 'uptime', 'nextTick', 'pid', 'ppid'], fromHost),
];
const ownsProcessProperties = properties(
  'process',
  [
    'argv',
    'exit',
    'exitCode',
    'abort',
    'kill',
    'on',
    'once',
    'addListener',
    'prependListener',
    'off',
    'removeListener',
  ],
  ownsProcess,
);
const hostModulePattern = `^(node:)?(${hostModules.map((name) => name.replace('/', '\\u002F')).join('|')})$`;

/** `no-restricted-*` of a later block replaces that of an earlier one, so each kind of file gets all of its bans at once. */
const bans = ({ host, process }) => ({
  'no-restricted-properties': ['error', ...(host ? fromHostProperties : []), ...(process ? ownsProcessProperties : [])],
  ...(host && {
    'no-restricted-globals': ['error', ...clocksAndChance.map((name) => ({ name, message: fromHost }))],
    'no-restricted-imports': [
      'error',
      { paths: hostModules.flatMap((name) => [name, `node:${name}`]).map((name) => ({ name, message: fromHost })) },
    ],
    'no-restricted-syntax': [
      'error',
      { selector: 'MemberExpression[object.name=/^(globalThis|global)$/]', message: fromHost },
      { selector: 'VariableDeclarator[init.name=/^(globalThis|global)$/]', message: fromHost },
      { selector: `ImportExpression[source.value=/${hostModulePattern}/]`, message: fromHost },
    ],
  }),
});

const ownClock = ['src/host/**/*.ts', 'src/kafka/adapter/**/*.ts', 'src/zookeeper/adapter/**/*.ts'];
const ownProcess = ['src/cli.ts'];
/** A program of its own, in another process: the browser's clock is no clock of the daemon's. */
const inBrowser = ['src/inspector/page/**'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.cache/', '**/*.d.ts'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx', 'test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
    languageOptions: { parserOptions: { project: ['./tsconfig.json', './src/inspector/page/tsconfig.json'] } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 450, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 90, skipComments: true, skipBlankLines: true, IIFEs: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: [...ownClock, ...ownProcess, ...inBrowser],
    rules: bans({ host: true, process: true }),
  },
  { files: ownClock, rules: bans({ host: false, process: true }) },
  { files: ownProcess, rules: bans({ host: true, process: false }) },
  {
    files: ['test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off', 'max-lines-per-function': 'off' },
  },
  { files: ['**/*.cjs'], languageOptions: { globals: { module: 'writable', require: 'readonly' } } },
);
