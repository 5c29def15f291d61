/** Second half of `npm run build`: bundles the inspector's page into `dist`, with the drawings of the machines beside it. */
import { fileURLToPath } from 'node:url';
import { buildPage } from './page.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const size = await buildPage({ root, outdir: fileURLToPath(new URL('../../dist/inspector/page', import.meta.url)) });
console.log(`the inspector's page: ${Math.ceil(size / 1024)} KiB`);
