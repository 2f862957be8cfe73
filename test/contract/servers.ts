import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { systemClock } from '../../src/base/clock.ts';
import { VariableClock } from '../../src/base/variable-clock.ts';
import { Catalog } from '../../src/sim/api/registry/catalog.ts';
import type { Core } from '../../src/sim/api/registry/core.ts';
import { createApiServer } from '../../src/sim/api/server.ts';
import { createAll } from '../../src/sim/bootstrap/apply.ts';
import { kubernetesService, namespaces, priorityClasses, rbac } from '../../src/sim/bootstrap/control-plane.ts';
import { allResources } from '../../src/sim/controllers/catalog.ts';
import { coreContext } from '../../src/sim/controllers/core-context.ts';
import { coreControllers } from '../../src/sim/controllers/index.ts';
import { ControllerManager } from '../../src/sim/controllers/manager.ts';
import { seededRandom } from '../../src/sim/random.ts';
import { scheduler } from '../../src/sim/scheduler/scheduler.ts';
import { Store } from '../../src/sim/store/store.ts';
import type { Target } from './api.ts';

export interface Server extends AsyncDisposable {
  target: Target;
}

/** The simulated control plane without nodes, as the real one is started for these tests. */
export async function simulated(): Promise<Server> {
  const store = Store.open();
  const clock = new VariableClock(systemClock.now());
  clock.play();
  const random = seededRandom(Date.now() % 1e6);
  const core: Core = { store, clock, random, catalog: new Catalog(store) };
  const server = createApiServer({ core, name: 'contract' });
  createAll(server.api, [...namespaces(), ...priorityClasses(), ...rbac(), ...kubernetesService('127.0.0.1')]);
  const context = coreContext({ api: server.api, clock, random });
  const options = { catalog: allResources(core.catalog), podCidr: '10.244.0.0/16', caPem: server.pki.ca };
  const manager = new ControllerManager({
    api: server.api,
    clock,
    controllers: [...coreControllers(context, options), scheduler(context, 'default-scheduler')],
    onFailure: ({ controller, key, error }) => process.emitWarning(`${controller}: ${key}: ${String((error as Error).stack)}`),
  });
  await server.listen();
  return {
    target: { url: server.url, ca: server.pki.ca, certificate: { cert: server.pki.adminCertificate, key: server.pki.adminKey } },
    async [Symbol.asyncDispose]() {
      await manager.stop();
      context.close();
      clock.pause();
      await server.close();
      store.close();
    },
  };
}

/** The real server that KINDLAB_REAL_KUBECONFIG names (with a token, as scripts/real-kind writes it); undefined without. */
export function real(): Target | undefined {
  const path = process.env['KINDLAB_REAL_KUBECONFIG'];
  if (!path) return undefined;
  const { clusters, users } = parse(readFileSync(path, 'utf8')) as {
    clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
    users: [{ user: { token: string } }];
  };
  const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
  return { url: server, ca: Buffer.from(ca, 'base64').toString(), token: users[0].user.token };
}
