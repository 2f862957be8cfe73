import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { seededRandom } from '../../src/sim/random.ts';

const program = fileURLToPath(new URL('./busy-cluster.ts', import.meta.url));
const rounds = 3;

let folder: string | undefined;
afterEach(async () => {
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Runs the busy cluster until it has been active for `activeMs`, and kills it. */
async function live(path: string, round: number, activeMs: number): Promise<{ acknowledged: string[]; complaints: string[] }> {
  const child = spawn(process.execPath, [program, path, String(round)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const acknowledged: string[] = [];
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'active') setTimeout(() => child.kill('SIGKILL'), activeMs);
    else if (line.startsWith('ack ')) acknowledged.push(line.slice(4));
    else complaints.push(line);
  }
  await ended;
  return { acknowledged, complaints };
}

test('killed at any moment of a drain, a rollout and a helm install, a cluster goes on where it was', { timeout: 600_000 }, async () => {
  folder = await mkdtemp(join(tmpdir(), 'kindlab-kill-'));
  const random = seededRandom(7);
  const acknowledged: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const lived = await live(folder, round, random() * 3500);
    expect({ round, complaints: lived.complaints }).toEqual({ round, complaints: [] });
    acknowledged.push(...lived.acknowledged);
  }
  const last = await live(folder, -1, 0);
  expect(last.complaints).toEqual([]);
  const kept = new Set(last.acknowledged);
  expect(acknowledged.length).toBeGreaterThan(rounds);
  expect(acknowledged.filter((name) => !kept.has(name))).toEqual([]);
});
