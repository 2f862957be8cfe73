import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { SimulatedCluster } from '../../src/sim/cluster.ts';
import { startSimulatedCluster } from '../../src/sim/start.ts';

let folder: string;
let cluster: SimulatedCluster;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kindlab-power-'));
  cluster = await startSimulatedCluster({ name: 'power', workers: 1, cni: 'none', folder, seed: 1 });
  cluster.clock.pause();
});
afterEach(async () => {
  await cluster[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** What the administrator is answered over the network: a status, or the code of the failure. */
async function asked(): Promise<number | string> {
  const { users } = parse(await readFile(cluster.kubeconfigPath, 'utf8')) as { users: { user: Record<string, string> }[] };
  const pem = (field: string) => Buffer.from(users[0]!.user[field]!, 'base64');
  const options = { cert: pem('client-certificate-data'), key: pem('client-key-data'), rejectUnauthorized: false, agent: false };
  return new Promise((resolve) => {
    get(`${cluster.server}/api/v1/nodes`, options, (response) => {
      response.resume();
      resolve(response.statusCode!);
    }).once('error', (error: NodeJS.ErrnoException) => resolve(error.code!));
  });
}
const controlPlane = () => cluster.machines().find(({ role }) => role === 'control-plane')!;

test('the API server goes away with its node, forbids everything at first, and is back half a minute later', async () => {
  expect(await asked()).toBe(200);
  const restarted = controlPlane().restart();
  expect(await asked()).toBe('ECONNRESET');
  await cluster.clock.advance(20_000);
  await restarted;
  expect(await asked()).toBe('ECONNRESET');
  await cluster.clock.advance(9_000);
  expect(await asked()).toBe(403);
  await cluster.clock.advance(2_000);
  expect(await asked()).toBe(200);
});

test('a worker that restarts leaves it alone', async () => {
  void cluster
    .machines()
    .find(({ role }) => role === 'worker')!
    .restart();
  expect(await asked()).toBe(200);
  await cluster.clock.advance(5_000);
});

test('a rewind brings back an API server that was away', async () => {
  cluster.snapshot('before');
  void controlPlane().restart();
  expect(await asked()).toBe('ECONNRESET');
  await cluster.rewind('before');
  expect(await asked()).toBe(200);
});
