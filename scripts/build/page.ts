import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Makes `outdir` hold the page: index.html, page.js, page.css, and charts/<machine>.svg. Returns the bytes of the bundle. */
export async function buildPage({ root, outdir }: { root: string; outdir: string }): Promise<number> {
  const source = join(root, 'src/inspector/page');
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(join(outdir, 'charts'), { recursive: true });
  const { metafile } = await build({
    entryPoints: { page: join(source, 'main.tsx') },
    outdir,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022'],
    tsconfig: join(source, 'tsconfig.json'),
    metafile: true,
    logLevel: 'warning',
  });
  copyFileSync(join(source, 'index.html'), join(outdir, 'index.html'));
  const drawings = join(root, 'diagrams');
  for (const name of readdirSync(drawings).filter((file) => file.endsWith('.svg')))
    copyFileSync(join(drawings, name), join(outdir, 'charts', name));
  return Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0);
}
