import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { deployment, map, pod } from './manifests.ts';

const d = 'apps/v1/deployments';
const withDeployment = (run: (api: Api) => Promise<unknown>) => async (api: Api) => {
  await api.post(d, deployment('d', { paused: true }));
  await api.settled(`${d}/d`);
  await run(api);
};
const gated = { schedulingGates: [{ name: 'e.com/g' }] };
const withPod =
  (run: (api: Api) => Promise<unknown>, spec: object = gated) =>
  async (api: Api) => {
    await api.post('pods', pod('p', spec));
    await run(api);
  };
const running = (api: Api, name = 'p') =>
  api.patch(`pods/${name}/status`, { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }, 'merge');
const review =
  (name: string, body: object = {}) =>
  (api: Api) =>
    api.post(`/apis/${name}`, body);

/** status, scale, eviction, binding, token, ephemeralcontainers and reviews. */
export const subresources: Group = {
  name: 'subresources',
  cases: {
    'a scale': withDeployment((api) => api.get(`${d}/d/scale`)),
    'a scale by PUT': withDeployment(async (api) => {
      const { body } = await api.get(`${d}/d/scale`);
      await api.put(`${d}/d/scale`, { ...body, spec: { replicas: 0 } });
    }),
    'a stale scale': withDeployment(async (api) => {
      const { body } = await api.get(`${d}/d/scale`);
      await api.put(`${d}/d/scale`, { ...body, metadata: { ...body.metadata, resourceVersion: '1' }, spec: { replicas: 1 } });
    }),
    'a scale without a version': withDeployment((api) =>
      api.put(`${d}/d/scale`, {
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name: 'd', namespace: api.ns },
        spec: { replicas: 0 },
      }),
    ),
    'a scale by patch': withDeployment((api) => api.patch(`${d}/d/scale`, { spec: { replicas: 0 } })),
    'a negative scale': withDeployment((api) => api.patch(`${d}/d/scale`, { spec: { replicas: -1 } })),
    'a scale of another name': withDeployment((api) =>
      api.put(`${d}/d/scale`, {
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name: 'x', namespace: api.ns },
        spec: { replicas: 0 },
      }),
    ),
    'a scale of another kind': withDeployment((api) =>
      api.put(`${d}/d/scale`, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' } }),
    ),
    'a scale of what is not there': (api) => api.get(`${d}/missing/scale`),
    'a scale of a config map': async (api) => {
      await api.post('configmaps', map('a'));
      await api.get('configmaps/a/scale');
    },
    'a scale as a dry run': withDeployment(async (api) => {
      await api.patch(`${d}/d/scale?dryRun=All`, { spec: { replicas: 3 } });
      await api.get(`${d}/d/scale`);
    }),
    'a status takes only the status': withDeployment(async (api) => {
      const { body } = await api.get(`${d}/d/status`);
      await api.put(`${d}/d/status`, {
        ...body,
        metadata: { ...body.metadata, labels: { a: 'b' } },
        spec: { ...body.spec, replicas: 9 },
        status: { ...body.status, collisionCount: 5 },
      });
    }),
    'a status by patch': withDeployment((api) => api.patch(`${d}/d/status`, { status: { collisionCount: 3 }, spec: { replicas: 4 } })),
    'a status that is bad': withDeployment((api) => api.patch(`${d}/d/status`, { status: { replicas: -3 } })),
    "a pod's status": withPod((api) => running(api)),
    "a pod's status that is bad": withPod((api) => api.patch('pods/p/status', { status: { phase: 'Dancing', podIP: 'nowhere' } })),
    'a stale status': withDeployment(async (api) => {
      const { body } = await api.get(`${d}/d`);
      await api.put(`${d}/d/status`, { ...body, metadata: { ...body.metadata, resourceVersion: '1' } });
    }),
    'a namespace has a status': (api) => api.get(`/api/v1/namespaces/${api.ns}/status`),
    'a namespace has finalize': async (api) => {
      const { body } = await api.post('/api/v1/namespaces', { metadata: { name: `${api.ns}-f` } });
      await api.put(`/api/v1/namespaces/${api.ns}-f/finalize`, { ...body, spec: { finalizers: ['kubernetes', 'e.com/f'] } });
      await api.put(`/api/v1/namespaces/${api.ns}-f/finalize`, {
        ...body,
        metadata: { name: `${api.ns}-f` },
        spec: { finalizers: ['kubernetes'] },
      });
    },
    'a config map has no status': async (api) => {
      await api.post('configmaps', map('a'));
      await api.get('configmaps/a/status');
      await api.put('configmaps/a/status', map('a'));
    },
    'an eviction without a budget': withPod(async (api) => {
      await running(api);
      await api.post('pods/p/eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace: api.ns } });
      await api.get('pods/p');
    }),
    'an eviction that a budget forbids': async (api) => {
      await api.post('policy/v1/poddisruptionbudgets', {
        metadata: { name: 'b' },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'p' } } },
      });
      await api.post('pods', pod('p', { nodeName: 'nowhere' }));
      await running(api);
      await api.settled('policy/v1/poddisruptionbudgets/b', (o) => o.status?.currentHealthy === 1);
      await api.post('pods/p/eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace: api.ns } });
      await api.get('policy/v1/poddisruptionbudgets/b');
    },
    'an eviction that a budget allows': async (api) => {
      await api.post('policy/v1/poddisruptionbudgets', {
        metadata: { name: 'b' },
        spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'p' } } },
      });
      await api.post('pods', pod('p', gated));
      await api.settled('policy/v1/poddisruptionbudgets/b');
      // A pod that does not run is not protected.
      await api.post('pods/p/eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace: api.ns } });
    },
    'an eviction under two budgets': async (api) => {
      for (const name of ['a', 'b'])
        await api.post('policy/v1/poddisruptionbudgets', {
          metadata: { name },
          spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'p' } } },
        });
      await api.post('pods', pod('p', { nodeName: 'nowhere' }));
      await running(api);
      await api.post('pods/p/eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace: api.ns } });
    },
    'an eviction of what is not there': (api) =>
      api.post('pods/missing/eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'missing' } }),
    'an eviction of another name': withPod((api) =>
      api.post('pods/p/eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'q' } }),
    ),
    'an eviction as a dry run': withPod(async (api) => {
      await api.post('pods/p/eviction', {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'p' },
        deleteOptions: { dryRun: ['All'] },
      });
      await api.get('pods/p');
    }),
    'GET of an eviction': withPod((api) => api.get('pods/p/eviction')),
    'a binding': withPod(
      async (api) => {
        await api.post('pods/p/binding', { metadata: { name: 'p' }, target: { kind: 'Node', name: 'somewhere' } });
        await api.post('pods/p/binding', { metadata: { name: 'p' }, target: { kind: 'Node', name: 'elsewhere' } });
        await api.get('pods/p');
      },
      { schedulerName: 'nobody' },
    ),
    'a binding to nothing': withPod((api) => api.post('pods/p/binding', { metadata: { name: 'p' } }), { schedulerName: 'nobody' }),
    'a binding of a gated pod': withPod((api) => api.post('pods/p/binding', { metadata: { name: 'p' }, target: { name: 'n' } })),
    'an ephemeral container': withPod((api) =>
      api.patch(
        'pods/p/ephemeralcontainers',
        { spec: { ephemeralContainers: [{ name: 'e', image: 'busybox', targetContainerName: 'c' }] } },
        'strategic',
      ),
    ),
    'an ephemeral container of a taken name': withPod((api) =>
      api.patch('pods/p/ephemeralcontainers', { spec: { ephemeralContainers: [{ name: 'c', image: 'busybox' }] } }, 'strategic'),
    ),
    'an ephemeral container stays': withPod(async (api) => {
      await api.patch('pods/p/ephemeralcontainers', { spec: { ephemeralContainers: [{ name: 'e', image: 'busybox' }] } }, 'strategic');
      await api.patch('pods/p/ephemeralcontainers', { spec: { ephemeralContainers: [] } });
    }),
    'an ephemeral container with ports': withPod((api) =>
      api.patch(
        'pods/p/ephemeralcontainers',
        { spec: { ephemeralContainers: [{ name: 'e', image: 'busybox', ports: [{ containerPort: 1 }] }] } },
        'strategic',
      ),
    ),
    'a log of a pod without a node': withPod((api) => api.get('pods/p/log')),
    'a log of what is not there': (api) => api.get('pods/missing/log'),
    'an exec without an upgrade': withPod((api) => api.get('pods/p/exec?command=ls')),
    'an unknown subresource': withPod((api) => api.get('pods/p/nonsense')),
    'a token': async (api) => {
      const { body } = await api.quietly('POST', api.at('serviceaccounts/default/token'), { body: { spec: { expirationSeconds: 600 } } });
      await api.post(
        'configmaps',
        map('keys', {
          keys: Object.keys(body.status).toSorted().join(),
          spec: JSON.stringify(body.spec),
          kind: body.kind,
          meta: JSON.stringify({ ...body.metadata, creationTimestamp: 'T' }),
        }),
      );
      const { body: who } = await api.quietly('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
        body: {},
        headers: { authorization: `Bearer ${body.status.token}` },
      });
      const { username, groups, extra } = who.status.userInfo;
      await api.post('configmaps', map('who', { username, groups: groups.join(), extra: Object.keys(extra).join() }));
    },
    'a token for too short a time': (api) => api.post('serviceaccounts/default/token', { spec: { expirationSeconds: 5 } }),
    'a token of what is not there': (api) => api.post('serviceaccounts/missing/token', { spec: {} }),
    'a token for a pod that is not there': (api) =>
      api.post('serviceaccounts/default/token', { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'missing' } } }),
    'a token for a pod of another account': withPod((api) =>
      api.post('serviceaccounts/default/token', { spec: { boundObjectRef: { kind: 'Nonsense', apiVersion: 'v1', name: 'p' } } }),
    ),
    'who am I as nobody': (api) =>
      api.send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { body: {}, headers: { authorization: 'Bearer nonsense' } }),
    'may I': review('authorization.k8s.io/v1/selfsubjectaccessreviews', {
      spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
    }),
    'may I reach a path': review('authorization.k8s.io/v1/selfsubjectaccessreviews', {
      spec: { nonResourceAttributes: { verb: 'get', path: '/healthz' } },
    }),
    'may I do nothing': review('authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: {} }),
    'may I do both': review('authorization.k8s.io/v1/selfsubjectaccessreviews', {
      spec: { resourceAttributes: { verb: 'get', resource: 'pods' }, nonResourceAttributes: { verb: 'get', path: '/' } },
    }),
    'may jane': review('authorization.k8s.io/v1/subjectaccessreviews', {
      spec: { user: 'jane', resourceAttributes: { verb: 'get', resource: 'pods' } },
    }),
    'may nobody': review('authorization.k8s.io/v1/subjectaccessreviews', {
      spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
    }),
    'may jane locally': (api) =>
      api.post('authorization.k8s.io/v1/localsubjectaccessreviews', {
        spec: { user: 'jane', resourceAttributes: { namespace: 'elsewhere', verb: 'get', resource: 'pods' } },
      }),
    'a token that is none': review('authentication.k8s.io/v1/tokenreviews', { spec: { token: 'nonsense' } }),
    'a token review of nothing': review('authentication.k8s.io/v1/tokenreviews', { spec: {} }),
    'reviews cannot be listed': (api) => api.get('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'),
    'jane may not': (api) => api.send('GET', `/api/v1/namespaces/${api.ns}/pods`, { headers: { 'impersonate-user': 'jane' } }),
    'jane may not create': (api) =>
      api.send('POST', `/api/v1/namespaces/${api.ns}/pods`, { body: pod('p'), headers: { 'impersonate-user': 'jane' } }),
    'jane may not reach a path': (api) => api.send('GET', '/metrics', { headers: { 'impersonate-user': 'jane' } }),
    'jane may not see a node': (api) =>
      api.send('GET', '/api/v1/nodes/x', { headers: { 'impersonate-user': 'jane', 'impersonate-group': 'dev' } }),
    'jane may not scale': (api) =>
      api.send('PATCH', `/apis/apps/v1/namespaces/${api.ns}/deployments/x/scale`, {
        body: {},
        type: 'application/merge-patch+json',
        headers: { 'impersonate-user': 'jane' },
      }),
    'a role lets jane in': async (api) => {
      const rbac = 'rbac.authorization.k8s.io/v1';
      await api.post(`${rbac}/roles`, { metadata: { name: 'r' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] });
      await api.post(`${rbac}/rolebindings`, {
        metadata: { name: 'r' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
        subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }],
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      await api.send('GET', 'pods', { headers: { 'impersonate-user': 'jane' } });
      await api.send('GET', 'pods/x', { headers: { 'impersonate-user': 'jane' } });
      await api.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
        body: { spec: { namespace: 'missing-ns' } },
        headers: { 'impersonate-user': 'jane', 'impersonate-group': 'none' },
      });
    },
    'jane may not give more than she has': async (api) => {
      const rbac = 'rbac.authorization.k8s.io/v1';
      await api.post(`${rbac}/roles`, {
        metadata: { name: 'r2' },
        rules: [
          { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], verbs: ['*'] },
          { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
        ],
      });
      await api.post(`${rbac}/rolebindings`, {
        metadata: { name: 'r2' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r2' },
        subjects: [{ kind: 'User', name: 'joe', apiGroup: 'rbac.authorization.k8s.io' }],
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      await api.send('POST', `${rbac}/roles`, {
        body: { metadata: { name: 'more' }, rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] },
        headers: { 'impersonate-user': 'joe' },
      });
    },
    'a quota is kept': async (api) => {
      await api.post('resourcequotas', { metadata: { name: 'q' }, spec: { hard: { 'count/secrets': '1' } } });
      await api.settled('resourcequotas/q', (o) => o.status?.used !== undefined);
      await api.post('secrets', { metadata: { name: 'one' } });
      await api.post('secrets', { metadata: { name: 'two' } });
    },
    'a limit range fills in': async (api) => {
      await api.post('limitranges', {
        metadata: { name: 'l' },
        spec: { limits: [{ type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' }, max: { cpu: '1' } }] },
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      await api.post('pods', pod('p', gated));
      await api.post('pods', pod('q', { ...gated, containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '2' } } }] }));
    },
  },
};
