import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The launcher builds what is out of date, as for a person. */
export default function setup(): void {
  const launcher = fileURLToPath(new URL('../../kindlab', import.meta.url));
  const result = spawnSync(launcher, ['--version'], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`the launcher failed:\n${result.stderr}`);
}
