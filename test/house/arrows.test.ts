import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = (path: string): string => path.replace(/\.ts$/, '.js');

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

/** Runs the arrow check in a house of its own, whose files import what the second column says. */
async function violationsOf(house: string, imports: readonly (readonly [string, string])[]): Promise<string[]> {
  for (const name of ['tsconfig.json', 'package.json', '.dependency-cruiser.cjs'])
    cpSync(join(root, name), join(house, name));
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
  const contents = new Map<string, string>();
  const add = (path: string, line: string): unknown => contents.set(path, `${contents.get(path) ?? ''}${line}\n`);
  for (const [from, to] of imports) {
    const isFile = to.endsWith('.ts');
    const specifier = isFile ? `./${relative(dirname(from), target(to))}` : to;
    add(from, `import ${isFile ? 'type ' : ''}* as Imported${contents.get(from)?.length ?? 0} from '${specifier}';`);
    if (isFile) add(to, '');
  }
  for (const [path, content] of contents) {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), `${content}export const here = 1;\n`);
  }
  const tool = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [tool, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'test', 'scripts'];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: house, maxBuffer: 1 << 24 }, (_failure, stdout) => resolve(stdout));
  });
  const { summary } = JSON.parse(output) as { summary: { violations: Violation[] } };
  return summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to}`);
}

/** Each line is forbidden, by the rule in the third column. */
const forbidden: readonly (readonly [from: string, to: string, rule: string])[] = [
  ['src/errors/a.ts', 'src/host/host.ts', 'arrows-of-errors'],
  ['src/errors/b.ts', 'node:fs', 'errors-and-types-of-the-host-are-leaves'],
  ['src/host/a.ts', 'src/errors/table.ts', 'arrows-of-host'],
  ['src/host/host.ts', 'node:os', 'errors-and-types-of-the-host-are-leaves'],
  ['src/machines/a.ts', 'src/actors/requests.ts', 'arrows-of-machines'],
  ['src/machines/b.ts', 'src/kafka/port.ts', 'arrows-of-machines'],
  ['src/machines/c.ts', 'node:fs', 'machines-import-only-xstate'],
  ['src/machines/d.ts', 'pino', 'machines-import-only-xstate'],
  ['src/config/a.ts', 'src/kafka/port.ts', 'arrows-of-config'],
  ['src/actors/a.ts', 'src/http/app.ts', 'arrows-of-actors'],
  ['src/actors/b.ts', 'src/kafka/adapter/client.ts', 'arrows-of-actors'],
  ['src/actors/c.ts', 'src/embedded/world.ts', 'arrows-of-actors'],
  ['src/actors/d.ts', 'kafkajs', 'only-some-import-kafkajs'],
  ['src/actors/e.ts', 'node-zookeeper-client', 'only-some-import-node-zookeeper-client'],
  ['src/actors/f.ts', 'koa', 'only-some-import-koa'],
  ['src/kafka/a.ts', 'src/zookeeper/port.ts', 'arrows-of-kafka'],
  ['src/kafka/records/a.ts', 'kafkajs', 'only-some-import-kafkajs'],
  ['src/kafka/adapter/a.ts', 'snappy', 'only-some-import-snappy'],
  ['src/kafka/b.ts', 'src/kafka/adapter/client.ts', 'only-the-daemon-chooses-adapters'],
  ['src/zookeeper/a.ts', 'src/actors/requests.ts', 'arrows-of-zookeeper'],
  ['src/embedded/a.ts', 'src/kafka/adapter/client.ts', 'only-the-daemon-chooses-adapters'],
  ['src/net/a.ts', 'src/http/app.ts', 'arrows-of-net'],
  ['src/http/a.ts', 'src/kafka/port.ts', 'arrows-of-http'],
  ['src/http/b.ts', 'src/zookeeper/port.ts', 'arrows-of-http'],
  ['src/http/c.ts', 'src/embedded/world.ts', 'arrows-of-http'],
  ['src/http/d.ts', 'src/machines/fetcher.ts', 'arrows-of-http'],
  ['src/http/e.ts', 'xstate', 'only-some-import-xstate'],
  ['src/http/f.ts', 'src/daemon.ts', 'arrows-of-http'],
  ['src/grpc/a.ts', 'src/http/app.ts', 'arrows-of-grpc'],
  ['src/http/g.ts', '@grpc/grpc-js', 'only-some-import-@grpc/.*'],
  ['src/inspector/a.ts', 'src/machines/fetcher.ts', 'arrows-of-inspector'],
  ['src/inspector/page/a.ts', 'src/inspector/server.ts', 'the-page-is-a-program-of-its-own'],
  ['src/inspector/page/b.ts', 'node:fs', 'the-page-is-a-program-of-its-own'],
  ['src/inspector/b.ts', 'src/inspector/page/c.ts', 'nobody-imports-the-page'],
  ['src/fault-injection/a.ts', 'src/http/app.ts', 'arrows-of-fault-injection'],
  ['src/http/h.ts', 'ws', 'only-some-import-ws'],
  ['src/daemon.ts', 'src/cli/argv.ts', 'arrows-of-daemon'],
  ['src/daemon/a.ts', 'clipanion', 'only-some-import-clipanion'],
  ['src/cli/a.ts', 'yaml', 'only-some-import-yaml'],
  ['src/simulation/a.ts', 'src/kafka/adapter/client.ts', 'only-the-daemon-chooses-adapters'],
  ['src/cluster/a.ts', 'src/kafka/port.ts', 'arrows-of-cluster'],
  ['src/cluster/b.ts', 'src/chaos/tcp-proxy.ts', 'arrows-of-cluster'],
  ['src/cluster/c.ts', 'kafkajs', 'only-some-import-kafkajs'],
  ['src/daemon/b.ts', 'src/cluster/cluster.ts', 'arrows-of-daemon'],
  ['src/chaos/a.ts', 'src/daemon.ts', 'arrows-of-chaos'],
  ['src/chaos/b.ts', 'src/kafka/adapter/client.ts', 'only-the-daemon-chooses-adapters'],
  ['src/chaos/c.ts', 'src/zookeeper/adapter/client.ts', 'only-the-daemon-chooses-adapters'],
  ['src/verdict/a.ts', 'src/simulation/run.ts', 'arrows-of-verdict'],
  ['src/cli/a.ts', 'src/kafka/adapter/client.ts', 'only-the-daemon-chooses-adapters'],
  ['src/cli/b.ts', 'src/http/app.ts', 'arrows-of-cli'],
  ['src/attic/a.ts', 'src/errors/table.ts', 'folder-without-arrows'],
  ['src/http/g.ts', 'test/support/world.ts', 'product-never-imports-its-checks'],
  ['src/http/h.ts', 'scripts/cluster/state.ts', 'product-never-imports-its-checks'],
  ['src/http/i.ts', 'src/http/j.ts', 'no-circle'],
  ['src/http/k.ts', 'surely-no-such-package', 'resolvable'],
  ['src/http/l.ts', 'vitest', 'product-needs-no-dev-dependency'],
];

/** And each of these is allowed: a check that refused everything would pass the list above. */
const allowed: readonly (readonly [from: string, to: string])[] = [
  ['src/http/m.ts', 'src/actors/requests.ts'],
  ['src/http/m.ts', 'koa'],
  ['src/actors/m.ts', 'src/kafka/port.ts'],
  ['src/actors/m.ts', 'src/machines/fetcher.ts'],
  ['src/actors/m.ts', 'xstate'],
  ['src/machines/m.ts', 'xstate'],
  ['src/kafka/adapter/m.ts', 'src/kafka/port.ts'],
  ['src/kafka/adapter/m.ts', 'kafkajs'],
  ['src/zookeeper/adapter/m.ts', 'node-zookeeper-client'],
  ['src/embedded/m.ts', 'src/zookeeper/port.ts'],
  ['src/daemon.ts', 'src/kafka/adapter/client.ts'],
  ['src/daemon.ts', 'src/embedded/world.ts'],
  ['src/chaos/m.ts', 'src/cluster/cluster.ts'],
  ['src/chaos/kafka-view.ts', 'src/kafka/adapter/client.ts'],
  ['src/chaos/ownership.ts', 'src/zookeeper/adapter/client.ts'],
  ['src/cluster/topics.ts', 'kafkajs'],
  ['src/cluster/topic-nodes.ts', 'node-zookeeper-client'],
  ['src/cli.ts', 'src/daemon.ts'],
  ['src/inspector/page/m.ts', 'src/inspector/protocol.ts'],
  ['src/inspector/page/m.ts', 'preact'],
  ['src/inspector/m.ts', 'ws'],
  ['test/m.ts', 'src/http/m.ts'],
];

describe('the arrows between the folders', () => {
  let house: string;
  let violations: string[];

  beforeAll(async () => {
    house = mkdtempSync(join(tmpdir(), 'arrows-'));
    mkdirSync(join(house, 'src/http'), { recursive: true });
    writeFileSync(join(house, 'src/http/orphan.ts'), 'export const alone = 1;\n');
    const wayBack = ['src/http/j.ts', 'src/http/i.ts'] as const;
    violations = await violationsOf(house, [
      ...forbidden.map(([from, to]) => [from, to] as const),
      wayBack,
      ...allowed,
    ]);
  }, 60_000);

  afterAll(() => rmSync(house, { recursive: true }));

  it.each(forbidden)('forbid %s -> %s', (from, to, rule) => {
    const found = violations.filter((violation) => violation.startsWith(`${rule}: ${from} -> `));
    expect(found.some((violation) => violation.includes(to.replace(/^node:/, '')))).toBe(true);
  });

  it.each(allowed)('allow %s -> %s', (from, to) => {
    expect(violations.filter((violation) => violation.includes(`${from} -> `) && violation.includes(to))).toEqual([]);
  });

  it('find a file that nobody imports', () => {
    expect(violations).toContain('no-orphan: src/http/orphan.ts -> src/http/orphan.ts');
  });

  it('are held by the house as it is checked: every rule is proven above', async () => {
    const config = (await import(join(root, '.dependency-cruiser.cjs'))) as {
      default: { forbidden: { name: string }[] };
    };
    const proven = new Set(violations.map((violation) => violation.split(':')[0]));
    expect(config.default.forbidden.map((rule) => rule.name).filter((name) => !proven.has(name))).toEqual([]);
  });
});
