import type { Api } from '../api.ts';
import type { Group } from '../group.ts';

const v2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
const get = (path: string, accept?: string) => (api: Api) => api.get(path, accept);

/** Discovery, versions and health. Lists of groups are compared elsewhere: other tests define groups meanwhile. */
export const discovery: Group = {
  name: 'discovery',
  cases: {
    'the versions of the core': get('/api'),
    'the core': get('/api/v1'),
    'the core, aggregated': get('/api', v2),
    apps: get('/apis/apps'),
    'apps/v1': get('/apis/apps/v1'),
    batch: get('/apis/batch/v1'),
    autoscaling: get('/apis/autoscaling'),
    'autoscaling/v2': get('/apis/autoscaling/v2'),
    'autoscaling/v1': get('/apis/autoscaling/v1'),
    networking: get('/apis/networking.k8s.io/v1'),
    policy: get('/apis/policy/v1'),
    rbac: get('/apis/rbac.authorization.k8s.io/v1'),
    storage: get('/apis/storage.k8s.io/v1'),
    apiextensions: get('/apis/apiextensions.k8s.io/v1'),
    coordination: get('/apis/coordination.k8s.io/v1'),
    discovery: get('/apis/discovery.k8s.io/v1'),
    events: get('/apis/events.k8s.io/v1'),
    authentication: get('/apis/authentication.k8s.io/v1'),
    authorization: get('/apis/authorization.k8s.io/v1'),
    admission: get('/apis/admissionregistration.k8s.io/v1'),
    certificates: get('/apis/certificates.k8s.io/v1'),
    node: get('/apis/node.k8s.io/v1'),
    scheduling: get('/apis/scheduling.k8s.io/v1'),
    'flow control': get('/apis/flowcontrol.apiserver.k8s.io/v1'),
    'API services': get('/apis/apiregistration.k8s.io/v1'),
    'built-in groups': async (api) => {
      const { body } = await api.quietly('GET', '/apis');
      const groups = (body.groups as { name: string }[]).filter(({ name }) => !name.endsWith('.example.com'));
      await api.post('configmaps', {
        metadata: { name: 'groups' },
        data: {
          groups: groups
            .map(({ name }) => name)
            .toSorted()
            .join(),
        },
      });
    },
    'a group that is none': get('/apis/none.example.com'),
    'a version that is none': get('/apis/apps/v9'),
    'the core of another version': get('/api/v2'),
    healthz: get('/healthz'),
    readyz: get('/readyz'),
    livez: get('/livez'),
    'a check of its own': get('/healthz/ping'),
    'a check that is none': get('/healthz/none'),
    'a path that is none': get('/none'),
    'openapi of a group': async (api) => {
      const { body } = await api.quietly('GET', '/openapi/v3');
      const paths = Object.keys(body.paths as object)
        .filter((path) => /^(api|apis\/(apps|batch))/.test(path))
        .toSorted();
      await api.post('configmaps', { metadata: { name: 'paths' }, data: { paths: paths.join(' ') } });
    },
    'openapi of a group that is none': get('/openapi/v3/apis/none/v1'),
    'a slash at the end': get('/apis/apps/'),
    'a slash at the end of a version': get('/apis/apps/v1/'),
    'a write to discovery': (api) => api.post('/apis/apps/v1', {}),
    'a write to the version': (api) => api.post('/version', {}),
  },
};
