import { VariableClock } from '../../../src/base/variable-clock.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { namespaces } from '../../../src/kube/resources.ts';
import { Catalog } from '../../../src/sim/api/registry/catalog.ts';
import type { Core } from '../../../src/sim/api/registry/core.ts';
import { createApiServer, type LocalRequest } from '../../../src/sim/api/server.ts';
import { seededRandom } from '../../../src/sim/random.ts';
import { Store } from '../../../src/sim/store/store.ts';

export interface Answer {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every kind
  body: any;
}

/** An API server without sockets, and shorthands to talk to it. */
export function newServer(path?: string) {
  const store = Store.open(path);
  const clock = new VariableClock(Date.parse('2026-01-01T00:00:00Z'));
  const core: Core = { store, clock, random: seededRandom(1), catalog: new Catalog(store) };
  const server = createApiServer({ core, name: 'test' });
  if (store.revision === 0) server.api.create(namespaces, { metadata: { name: 'default' } });

  const send = async (method: string, path: string, body?: unknown, options: LocalRequest = {}): Promise<Answer> => {
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
    const answer = await server.request(method, path, { body: text, ...options });
    return { status: answer.status, body: answer.body.startsWith('{') ? JSON.parse(answer.body) : answer.body || undefined };
  };
  const patch = (path: string, body: unknown, type = 'merge-patch+json'): Promise<Answer> =>
    send('PATCH', path, body, { contentType: `application/${type}` });
  /** All frames of a watch that ends after `run` and what it leads to. */
  const watch = async (path: string, run: () => unknown, accept?: string): Promise<{ type: string; object: KubeObject }[]> => {
    const stop = new AbortController();
    const answer = server.request('GET', path, { signal: stop.signal, accept });
    await new Promise((resolve) => setImmediate(resolve));
    await run();
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    const { body } = await answer;
    return body
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { type: string; object: KubeObject });
  };
  return { store, clock, core, server, api: server.api, send, patch, watch };
}

export const maps = '/api/v1/namespaces/default/configmaps';
export const podsPath = '/api/v1/namespaces/default/pods';

export const pod = (name: string, fields: object = {}) => ({
  metadata: { name, labels: { app: name } },
  spec: { containers: [{ name: 'c', image: 'nginx' }], ...fields },
});
