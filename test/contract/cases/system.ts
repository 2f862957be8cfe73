import type { Api } from '../api.ts';
import type { Group } from '../group.ts';

const get = (path: string, accept?: string) => (api: Api) => api.get(path, accept);
const v2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** The schema of one kind, with all that it refers to, out of a document of OpenAPI v3. */
const kind = (document: string, name: string) => async (api: Api) => {
  const { body } = await api.quietly('GET', `/openapi/v3/${document}`);
  const schema = (body.components.schemas as Record<string, object>)[name];
  // As what is compared: an answer of its own would be a megabyte.
  await api.post('configmaps', { metadata: { name: 'schema' }, data: { schema: JSON.stringify(sorted(schema)) } });
};
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
};
const revisit = (path: string, accept: string) => async (api: Api) => {
  const { headers } = await api.quietly('GET', path, { accept });
  const again = await api.quietly('GET', path, { accept, headers: { 'if-none-match': headers['etag'] ?? '' } });
  const other = await api.quietly('GET', path, { accept, headers: { 'if-none-match': '"other"' } });
  const data = {
    tagged: String(headers['etag'] !== undefined),
    vary: headers['vary'] ?? '',
    again: String(again.status),
    other: String(other.status),
  };
  await api.post('configmaps', { metadata: { name: 'tags' }, data });
};

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Paths that are about no resource. */
export const system: Group = {
  name: 'system',
  cases: {
    'one check': get('/readyz/ping'),
    'one check of the store': get('/livez/etcd'),
    'a check of readiness alone': get('/readyz/informer-sync'),
    'a check that liveness does not have': get('/livez/informer-sync'),
    'health with a check excluded': get('/readyz?exclude=etcd'),
    'a POST to health': (api) => api.post('/healthz', {}),
    'a HEAD of health': (api) => api.send('HEAD', '/healthz'),
    'aggregated discovery of an older version': get('/apis', 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList'),
    'aggregated discovery of a later version': get('/apis', 'application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList'),
    'aggregated discovery of another kind': get('/api', 'application/json;g=apidiscovery.k8s.io;v=v2;as=Nonsense'),
    'aggregated discovery of a group': get('/apis/apps', `${v2},application/json`),
    'aggregated discovery is tagged': revisit('/api', v2),
    'aggregated discovery of groups is tagged': revisit('/apis', v2),
    'a document of OpenAPI is tagged': revisit('/openapi/v3/apis/apps/v1', 'application/json'),
    'OpenAPI of a group that is none': get('/openapi/v3/apis/none'),
    'a config map': kind('api/v1', 'io.k8s.api.core.v1.ConfigMap'),
    'a list of config maps': kind('api/v1', 'io.k8s.api.core.v1.ConfigMapList'),
    'a pod': kind('api/v1', 'io.k8s.api.core.v1.Pod'),
    'the spec of a pod': kind('api/v1', 'io.k8s.api.core.v1.PodSpec'),
    'a container': kind('api/v1', 'io.k8s.api.core.v1.Container'),
    'a service': kind('api/v1', 'io.k8s.api.core.v1.ServiceSpec'),
    metadata: kind('api/v1', `${meta}.ObjectMeta`),
    'a status': kind('api/v1', `${meta}.Status`),
    'options of a deletion': kind('api/v1', `${meta}.DeleteOptions`),
    'a deployment': kind('apis/apps/v1', 'io.k8s.api.apps.v1.Deployment'),
    'the spec of a deployment': kind('apis/apps/v1', 'io.k8s.api.apps.v1.DeploymentSpec'),
    'a job': kind('apis/batch/v1', 'io.k8s.api.batch.v1.JobSpec'),
    'a network policy': kind('apis/networking.k8s.io/v1', 'io.k8s.api.networking.v1.NetworkPolicySpec'),
    'an ingress': kind('apis/networking.k8s.io/v1', 'io.k8s.api.networking.v1.Ingress'),
    'a role': kind('apis/rbac.authorization.k8s.io/v1', 'io.k8s.api.rbac.v1.PolicyRule'),
    'an autoscaler': kind('apis/autoscaling/v2', 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec'),
    'a definition': kind('apis/apiextensions.k8s.io/v1', 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'),
    'a quantity': kind('api/v1', 'io.k8s.apimachinery.pkg.api.resource.Quantity'),
    'a number or a text': kind('api/v1', 'io.k8s.apimachinery.pkg.util.intstr.IntOrString'),
    'a time': kind('api/v1', `${meta}.Time`),
  },
};
