// Bundles src/ into dist/ and copies what is not TypeScript (generated schemas, scripts). Called by the launcher.
// A few large files start three times as fast as a thousand small ones, and take less memory. Types are checked elsewhere.
import { cpSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const started = new Date();
const dist = join(root, 'dist');
const bundled = ['@marcbachmann/cel-js', 'commander', 'croner', 'ws', 'yaml', 'zod'];
const bundle = await rolldown({
  // The second is for the benchmarks, which run a cluster and nothing else.
  input: { main: join(root, 'src/main.ts'), 'sim/start': join(root, 'src/sim/start.ts') },
  platform: 'node',
  // Libraries stay where npm puts them, but for those that every cluster's process needs: bundled they take 25 MB less.
  external: (id) => !/^[./]/.test(id) && !bundled.includes(id),
  tsconfig: join(root, 'tsconfig.json'),
});
const { output } = await bundle.generate({ dir: dist, format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js' });
mkdirSync(dist, { recursive: true });
for (const chunk of output) {
  if (chunk.type !== 'chunk') throw new Error(`unexpected output: ${chunk.fileName}`);
  const path = join(dist, chunk.fileName);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, chunk.code);
}
// A cluster that was started from an earlier build may still load chunks of it; after a day they go.
for (const name of readdirSync(join(dist, 'chunks'))) {
  const path = join(dist, 'chunks', name);
  if (started.getTime() - statSync(path).mtimeMs > 86_400_000) rmSync(path);
}
cpSync(join(root, 'src'), dist, { recursive: true, filter: (path) => !/\.tsx?$|\.compiled/.test(path) });
// Dated at the start: what changes while it builds is built again.
const stamp = join(dist, '.built');
writeFileSync(stamp, '');
utimesSync(stamp, started, started);
