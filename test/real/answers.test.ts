/**
 * Asks a real API server again for what test/fixtures/kubernetes holds. Run by hand against a throw-away cluster:
 *
 *   KINDLAB_REAL_SERVER=https://127.0.0.1:6443 KINDLAB_REAL_TOKEN=… NODE_TLS_REJECT_UNAUTHORIZED=0 \
 *     npx vitest run --config test/real/vitest.config.ts
 *
 * It creates the namespace `t3`, and nothing else: every other request is a dry run.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StatusCause } from '../../src/kube/status.ts';
import { builtins } from '../../src/sim/api/schema/schema.ts';

const server = process.env.KINDLAB_REAL_SERVER ?? '';
const token = process.env.KINDLAB_REAL_TOKEN ?? '';

interface Recorded {
  object: { apiVersion: string; kind: string };
  causes: StatusCause[];
}

const recorded = JSON.parse(readFileSync(new URL('../fixtures/kubernetes/invalid-objects.json', import.meta.url), 'utf8')) as Recorded[];

async function post(path: string, body: unknown): Promise<{ details?: { causes?: StatusCause[] } }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${server}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as { details?: { causes?: StatusCause[] } };
}

function collection({ apiVersion, kind }: Recorded['object']): string {
  const resource = builtins.find((one) => one.kind === kind && apiVersion === (one.group ? `${one.group}/${one.version}` : one.version));
  if (!resource) throw new Error(`${apiVersion} ${kind} is not built in`);
  return `/${resource.group ? 'apis' : 'api'}/${apiVersion}/${resource.namespaced ? 'namespaces/t3/' : ''}${resource.plural}`;
}

describe.skipIf(server === '')('a real server (skipped without KINDLAB_REAL_SERVER)', () => {
  beforeAll(async () => {
    await post('/api/v1/namespaces', { metadata: { name: 't3' } });
  });

  test.each(recorded.map((one, i) => [`${i} ${one.object.kind}`, one] as const))(
    'refuses %s for the recorded causes',
    async (_name, one) => {
      const answer = await post(`${collection(one.object)}?dryRun=All`, one.object);
      const texts = (causes: readonly StatusCause[] = []) =>
        causes.map(({ reason, field, message }) => `${reason} ${field}: ${message}`).sort();
      expect(texts(answer.details?.causes)).toEqual(texts(one.causes));
    },
  );
});
