/** `npm run diagrams` writes the drawings; with `--check` it only says which are stale, and exits with 1. */
import { fileURLToPath } from 'node:url';
import { diagramFiles } from './book.js';
import { staleFiles, writeFiles } from './folder.js';

const folder = fileURLToPath(new URL('../../diagrams', import.meta.url));
const files = await diagramFiles();
const machines = [...files.keys()].filter((name) => name.endsWith('.svg')).length;

if (process.argv.includes('--check')) {
  const stale = staleFiles(folder, files);
  if (stale.length > 0) {
    console.error(`stale, write them with \`npm run diagrams\`: ${stale.join(', ')}`);
    process.exitCode = 1;
  } else {
    console.log(`the drawings of ${machines} machines are as these are`);
  }
} else {
  writeFiles(folder, files);
  console.log(`${machines} machines drawn`);
}
