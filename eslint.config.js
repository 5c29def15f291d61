import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * Time, chance and environment come from the host through the bus (src/host). These rules keep it so: a machine or an
 * actor that looked at a clock of its own could not be replayed from a seed.
 */
const timeChanceEnvironment = {
  'no-restricted-globals': [
    'error',
    ...[
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
    ].map((name) => ({ name, message: 'Time and chance come from the host: use its clock, random and turns.' })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'Chance comes from the host.' },
    { object: 'AbortSignal', property: 'timeout', message: 'Time comes from the host.' },
    { object: 'process', property: 'env', message: 'The environment comes from the host.' },
    { object: 'process', property: 'hrtime', message: 'Time comes from the host.' },
    { object: 'process', property: 'nextTick', message: 'Turns come from the host.' },
    { object: 'process', property: 'pid', message: 'The process id comes from the host.' },
  ],
  'no-restricted-imports': [
    'error',
    {
      paths: ['timers', 'node:timers', 'timers/promises', 'node:timers/promises', 'perf_hooks', 'node:perf_hooks', 'crypto', 'node:crypto'].map(
        (name) => ({ name, message: 'Time and chance come from the host.' }),
      ),
    },
  ],
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '**/*.d.ts'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
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
    ignores: ['src/host/**', 'src/kafka/adapter/**', 'src/zookeeper/adapter/**'],
    rules: timeChanceEnvironment,
  },
  {
    files: ['test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off', 'max-lines-per-function': 'off' },
  },
);
