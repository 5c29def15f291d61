import { execFile } from 'node:child_process';
// eslint-disable-next-line no-restricted-imports -- a digest has no chance in it
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Host, Identity } from '../host/host.js';
import { ClusterError } from './cluster-error.js';
import { coordinatesOf, type Release } from './versions.js';

const run = promisify(execFile);

const DOWNLOAD_MAX_MS = 10 * 60_000;
/** A download that was interrupted leaves its folder; older than this, nobody can still be working in it. */
const PARTIAL_MAX_AGE_MS = 2 * DOWNLOAD_MAX_MS;
const PARTIAL_PREFIX = '.partial-';

/** `$XDG_CACHE_HOME/kafka-pixy/cluster`, or the same below `~/.cache`; who has no home keeps it among the temporary files. */
export function cacheFolder({ env, temporaryFolder }: Pick<Identity, 'env' | 'temporaryFolder'>): string {
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || temporaryFolder, '.cache'), 'kafka-pixy', 'cluster');
}

export function pomOf(coordinates: readonly string[]): string {
  const dependencies = coordinates.map((coordinate) => {
    const [group, artifact, version] = coordinate.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>cluster-jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
${dependencies.join('\n')}
</dependencies>
</project>
`;
}

/**
 * The folder that holds all jars of a release. Asks Maven the first time; afterwards needs neither Maven nor a network.
 *
 * The folder appears by a rename when it is whole, so it can be used as soon as it is there, whoever else is fetching or
 * was interrupted. Its name tells the version and a digest of what was asked for, so a changed table is fetched anew.
 */
export async function jarFolder(host: Host, release: Release, tell: (line: string) => void): Promise<string> {
  const pom = pomOf(coordinatesOf(release));
  const digest = createHash('sha256').update(pom).digest('hex').slice(0, 8);
  const cache = cacheFolder(host.identity);
  const folder = join(cache, `${release.version}-${digest}`);
  if (await exists(folder)) return folder;

  await mkdir(cache, { recursive: true });
  await removeOldPartials(cache, host.clock.wallMs());
  const partial = await mkdtemp(join(cache, PARTIAL_PREFIX));
  try {
    tell(`Fetching Kafka ${release.version} and its ZooKeeper from Maven Central (once; about 50 MB) …`);
    await resolve(pom, partial, release.version);
    await rename(partial, folder).catch(async (cause: unknown) => {
      // Somebody else was faster; theirs is as good as ours.
      if (!(await exists(folder))) throw cause;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
}

async function resolve(pom: string, folder: string, version: string): Promise<void> {
  const pomPath = join(folder, 'pom.xml');
  await writeFile(pomPath, pom);
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const args = ['-B', '-q', '-f', pomPath, goal, `-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
  try {
    await run('mvn', args, { timeout: DOWNLOAD_MAX_MS, maxBuffer: 16 * 1024 * 1024 });
  } catch (cause) {
    const error = cause as NodeJS.ErrnoException & { stdout?: string; killed?: boolean };
    if (error.code === 'ENOENT') {
      throw new ClusterError('Maven (`mvn`) was not found. Install it: it fetches the broker, the first time only.', {
        cause,
      });
    }
    const why = error.killed ? `no end after ${DOWNLOAD_MAX_MS / 60_000} minutes` : mavenErrors(error.stdout ?? '');
    throw new ClusterError(`Maven could not fetch Kafka ${version}; nothing was kept.\n${why}`, { cause });
  }
}

/** Maven's first error says what is wrong; the others how to ask Maven for more. */
function mavenErrors(output: string): string {
  return output.split('\n').find((line) => line.includes('[ERROR]')) ?? output.slice(0, 500);
}

async function removeOldPartials(cache: string, wallMs: number): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(PARTIAL_PREFIX)) continue;
    const path = join(cache, name);
    const made = await stat(path).catch(() => null);
    if (made !== null && wallMs - made.mtimeMs > PARTIAL_MAX_AGE_MS) await rm(path, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
