/** `npm run diagrams` writes the drawings; that none is stale is tested with the machines. */
import { fileURLToPath } from 'node:url';
import { diagramFiles } from './book.js';
import { writeFiles } from './folder.js';

const folder = fileURLToPath(new URL('../../diagrams', import.meta.url));
const files = await diagramFiles();
writeFiles(folder, files);
console.log(`${[...files.keys()].filter((name) => name.endsWith('.svg')).length} machines drawn`);
