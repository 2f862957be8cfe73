// Compiles src/ into dist/ and copies what is not TypeScript (generated schemas, scripts). Called by the launcher.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const started = new Date();
const dist = join(root, 'dist');
mkdirSync(dist, { recursive: true });
const tsc = spawnSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root], { stdio: 'inherit' });
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
cpSync(join(root, 'src'), dist, { recursive: true, filter: (path) => !/\.tsx?$|\.compiled/.test(path) });
// Dated at the start: what changes while it builds is built again.
const stamp = join(dist, '.built');
writeFileSync(stamp, '');
utimesSync(stamp, started, started);
