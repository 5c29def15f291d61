/**
 * The arrows between the folders of `src`: what a folder may import, types included. Everything that is not allowed here
 * is forbidden; so a new folder gets its arrows before it gets its first import.
 */

/** Folder (or file) of `src` -> what it may import besides itself, Node's own modules and npm packages. */
const arrows = {
  errors: [],
  host: [],
  machines: [],
  config: ['errors', 'host'],
  actors: ['machines', 'errors', 'host', 'config', 'kafka/port.ts', 'zookeeper/port.ts'],
  kafka: ['errors', 'host', 'config'],
  zookeeper: ['errors', 'host', 'config'],
  embedded: ['errors', 'host', 'kafka/port.ts', 'zookeeper/port.ts'],
  net: ['errors', 'config'],
  http: ['actors', 'net', 'errors', 'host', 'config'],
  grpc: ['actors', 'net', 'errors', 'host', 'config'],
  'fault-injection': ['actors', 'net', 'errors'],
  inspector: ['actors', 'net', 'machines/transitions.ts', 'errors', 'host', 'config'],
  daemon: [
    'http',
    'grpc',
    'inspector',
    'fault-injection',
    'actors',
    'machines',
    'kafka',
    'zookeeper',
    'embedded',
    'errors',
    'host',
    'config',
  ],
  // What a run wrote down, simulated or real, and what is made of it.
  verdict: [],
  simulation: [
    'verdict',
    'daemon',
    'http',
    'actors',
    'machines',
    'embedded',
    'kafka/port.ts',
    'zookeeper/port.ts',
    'errors',
    'host',
    'config',
  ],
  // Real servers as processes of this machine.
  cluster: ['errors', 'host', 'config'],
  // Reaches daemons by their API and as processes, never from within; what they wrote it reads for itself.
  chaos: [
    'cluster',
    'verdict',
    'kafka/port.ts',
    'kafka/adapter',
    'zookeeper/port.ts',
    'zookeeper/adapter',
    'errors',
    'host',
    'config',
  ],
  cli: ['daemon', 'inspector', 'simulation', 'chaos', 'cluster', 'embedded', 'errors', 'host', 'config'],
};

/** npm package -> the folders of `src` that may import it. */
const packages = {
  kafkajs: ['kafka/adapter', 'cluster/topics.ts'],
  'snappy|lz4-napi|@bokuweb/zstd-wasm': ['kafka/records'],
  'node-zookeeper-client': ['zookeeper/adapter', 'cluster/topic-nodes.ts'],
  xstate: ['machines', 'actors', 'inspector', 'simulation'],
  'koa|@koa/.*': ['http', 'inspector', 'fault-injection'],
  '@grpc/.*': ['grpc'],
  clipanion: ['cli'],
  'ws|@types/ws': ['inspector'],
  yaml: ['config', 'chaos/script'],
};

const anyOf = (paths) => `^src/(${paths.map((path) => path.replaceAll('.', '\\.')).join('|')})(/|\\.ts$|$)`;

const folderRules = Object.entries(arrows).map(([folder, allowed]) => ({
  name: `arrows-of-${folder}`,
  comment: `${folder} may import ${allowed.join(', ') || 'nothing else of src'}.`,
  severity: 'error',
  from: { path: anyOf([folder]) },
  to: { path: '^src/', pathNot: anyOf([folder, ...allowed]) },
}));

const packageRules = Object.entries(packages).map(([name, folders]) => ({
  name: `only-some-import-${name.split('|')[0]}`,
  comment: `${name} stays behind ${folders.join(', ')}.`,
  severity: 'error',
  from: { path: '^src/', pathNot: anyOf(folders) },
  to: { path: `(^|node_modules/)(@types/)?(${name})(/|$)` },
}));

module.exports = {
  forbidden: [
    ...folderRules,
    ...packageRules,
    {
      name: 'folder-without-arrows',
      comment: 'Say in .dependency-cruiser.cjs what a new folder of src may import.',
      severity: 'error',
      from: { path: '^src/', pathNot: anyOf(Object.keys(arrows)) },
      to: { path: '.' },
    },
    {
      name: 'only-the-daemon-chooses-adapters',
      comment: 'And who looks at Kafka and ZooKeeper past every daemon.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: anyOf(['daemon', 'kafka/adapter', 'zookeeper/adapter', 'chaos/kafka-view.ts', 'chaos/ownership.ts']),
      },
      to: { path: '^src/(kafka|zookeeper)/adapter/' },
    },
    {
      name: 'the-page-is-a-program-of-its-own',
      comment: 'It runs in a browser: all that it shares with the daemon is what they say to each other.',
      severity: 'error',
      from: { path: '^src/inspector/page/' },
      to: { pathNot: '^src/inspector/(page/|protocol\\.ts$)|(^|node_modules/)preact(/|$)' },
    },
    {
      name: 'nobody-imports-the-page',
      comment: 'The daemon serves it as a file.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/inspector/page/' },
      to: { path: '^src/inspector/page/' },
    },
    {
      name: 'machines-import-only-xstate',
      comment: 'A machine that imported anything else could not be walked without a world.',
      severity: 'error',
      from: { path: '^src/machines/' },
      to: { pathNot: '^src/machines/|(^|node_modules/)xstate(/|$)' },
    },
    {
      name: 'errors-and-types-of-the-host-are-leaves',
      severity: 'error',
      from: { path: '^src/(errors/|host/host\\.ts)' },
      to: { pathNot: '^src/errors/' },
    },
    {
      name: 'product-never-imports-its-checks',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|bench)/' },
    },
    { name: 'no-circle', severity: 'error', from: { path: '^(src|scripts|bench|test)/' }, to: { circular: true } },
    {
      name: 'no-orphan',
      comment: 'Imports nothing and is imported by nothing: dead.',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(src|scripts|bench)/',
        pathNot: '^(src/cli|src/inspector/page/main|scripts/[^/]+/main|bench/main)\\.tsx?$|\\.d\\.ts$',
      },
      to: {},
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'product-needs-no-dev-dependency',
      severity: 'error',
      // The page is bundled when the product is built.
      from: { path: '^src/', pathNot: '^src/inspector/page/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
