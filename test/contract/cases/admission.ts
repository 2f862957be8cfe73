import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { deployment, map, pod, service } from './manifests.ts';

const admissionPath = '/apis/admissionregistration.k8s.io/v1';
const rbac = 'rbac.authorization.k8s.io/v1';

const onConfigMaps = (operations = ['CREATE', 'UPDATE']) => ({
  resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations, resources: ['configmaps'] }],
});
const policyOf = (name: string, spec: object) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name },
  spec: { matchConstraints: onConfigMaps(), ...spec },
});
const refusedPolicy = (spec: object) => (api: Api) =>
  api.post(`${admissionPath}/validatingadmissionpolicies`, policyOf(`${api.ns}-bad`, spec));

let policies = 0;
/** A policy and its binding to the case's own namespace; upstream reads them a moment later, so it is asked until it refuses. */
const withPolicy = (spec: object, binding: object, run: (api: Api) => Promise<unknown>) => async (api: Api) => {
  const name = `${api.ns}-p${++policies}`;
  const probe = { name: 'ready', expression: "!has(object.metadata.name) || object.metadata.name != 'probe'" };
  const { validations = [], ...rest } = spec as { validations?: object[] };
  const made = await api.quietly('POST', `${admissionPath}/validatingadmissionpolicies`, {
    body: policyOf(name, { ...rest, validations: [{ expression: probe.expression, message: 'probe' }, ...validations] }),
  });
  if (made.status !== 201) throw new Error(made.body.message);
  const selector = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': api.ns } } };
  const bound = await api.quietly('POST', `${admissionPath}/validatingadmissionpolicybindings`, {
    body: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'], matchResources: selector, ...binding },
    },
  });
  if (bound.status !== 201) throw new Error(bound.body.message);
  for (let i = 0; i < 100; i++) {
    const answer = await api.quietly('POST', api.at('configmaps?dryRun=All'), { body: map('probe') });
    if (JSON.stringify([answer.body, answer.headers]).includes(`'${name}'`)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await run(api);
  // The count is of this run.
  for (const exchange of api.exchanges) Object.assign(exchange, JSON.parse(JSON.stringify(exchange).replaceAll(name, `${api.ns}-p`)));
};

const quota = async (api: Api, hard: object, spec: object = {}) => {
  await api.quietly('POST', api.at('resourcequotas'), {
    body: { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard, ...spec } },
  });
  await api.settled(
    'resourcequotas/q',
    (o) => o.status?.used !== undefined && Object.keys(o.status.used).length === Object.keys(hard).length,
  );
};
const limits = async (api: Api, ...list: object[]) => {
  await api.quietly('POST', api.at('limitranges'), {
    body: { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'l' }, spec: { limits: list } },
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
};
const sized = (name: string, resources: object, spec: object = {}) =>
  pod(name, { schedulingGates: [{ name: 'e.com/g' }], containers: [{ name: 'c', image: 'nginx', resources }], ...spec });
const gated = { schedulingGates: [{ name: 'e.com/g' }] };

/** Pods in a namespace of this level, each dry. */
const inLevel =
  (labels: Record<string, string>, ...specs: object[]) =>
  async (api: Api) => {
    const prefixed = Object.fromEntries(Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]));
    await api.quietly('PATCH', `/api/v1/namespaces/${api.ns}`, {
      body: { metadata: { labels: prefixed } },
      type: 'application/merge-patch+json',
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const spec of specs) await api.post('pods?dryRun=All', pod('p', { ...gated, ...spec }));
    const gone = Object.fromEntries(Object.keys(prefixed).map((key) => [key, null]));
    await api.quietly('PATCH', `/api/v1/namespaces/${api.ns}`, {
      body: { metadata: { labels: gone } },
      type: 'application/merge-patch+json',
    });
  };
const container = (securityContext: object, more: object = {}) => ({
  containers: [{ name: 'c', image: 'nginx', securityContext, ...more }],
});
const safe = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

const asJane = { headers: { 'impersonate-user': 'jane', 'impersonate-group': 'system:authenticated' } };
/** jane may do this with roles and bindings, and nothing else. */
const withJane = (rules: object[], run: (api: Api) => Promise<unknown>) => async (api: Api) => {
  await api.quietly('POST', api.at(`${rbac}/roles`), { body: { apiVersion: rbac, kind: 'Role', metadata: { name: 'janes' }, rules } });
  await api.quietly('POST', api.at(`${rbac}/rolebindings`), {
    body: {
      apiVersion: rbac,
      kind: 'RoleBinding',
      metadata: { name: 'janes' },
      subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'janes' },
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await run(api);
};
const rolesRule = (...verbs: string[]) => ({ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs });
const role = (...rules: object[]) => ({ apiVersion: rbac, kind: 'Role', metadata: { name: 'r' }, rules });
const bindingTo = (name: string, kind = 'Role') => ({
  apiVersion: rbac,
  kind: 'RoleBinding',
  metadata: { name: 'b' },
  subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }],
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
});

/** Policies, quotas, limits, pod security and escalation. */
export const admission: Group = {
  name: 'admission',
  cases: {
    'a policy that does not compile': refusedPolicy({ validations: [{ expression: 'object.x ==' }] }),
    'a policy of a number': refusedPolicy({ validations: [{ expression: '1 + 1' }] }),
    'a policy of an unknown variable': refusedPolicy({ validations: [{ expression: 'nothing.x' }] }),
    'a policy without rules': refusedPolicy({ matchConstraints: undefined, validations: [{ expression: 'true' }] }),
    'a policy without validations': refusedPolicy({ validations: [] }),
    'an empty expression': refusedPolicy({ validations: [{ expression: ' ' }] }),
    'a bad failure policy': refusedPolicy({ failurePolicy: 'Maybe', validations: [{ expression: 'true' }] }),
    'a bad reason': refusedPolicy({ validations: [{ expression: 'true', reason: 'Because' }] }),
    'a bad variable name': refusedPolicy({ variables: [{ name: 'a b', expression: '1' }], validations: [{ expression: 'true' }] }),
    'a variable that does not compile': refusedPolicy({
      variables: [{ name: 'a', expression: 'zz' }],
      validations: [{ expression: 'variables.a' }],
    }),
    'a message expression of a number': refusedPolicy({ validations: [{ expression: 'true', messageExpression: '1' }] }),
    'params without a kind': refusedPolicy({ validations: [{ expression: 'params.x == 1' }] }),
    'a bad operation': refusedPolicy({ matchConstraints: onConfigMaps(['READ']), validations: [{ expression: 'true' }] }),
    'a bad match condition': refusedPolicy({ matchConditions: [{ name: '', expression: 'true' }], validations: [{ expression: 'true' }] }),
    'a binding without actions': (api) =>
      api.post(`${admissionPath}/validatingadmissionpolicybindings`, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: `${api.ns}-b` },
        spec: { policyName: 'x' },
      }),
    'a binding that denies and warns': (api) =>
      api.post(`${admissionPath}/validatingadmissionpolicybindings`, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: `${api.ns}-b` },
        spec: { policyName: 'x', validationActions: ['Deny', 'Warn'] },
      }),
    'what a policy denies': withPolicy(
      { validations: [{ expression: "object.data.k != 'bad'", message: 'k is bad' }] },
      {},
      async (api) => {
        await api.post('configmaps', map('m', { k: 'bad' }));
        await api.post('configmaps', map('m'));
        await api.patch('configmaps/m', { data: { k: 'bad' } });
      },
    ),
    'what a policy denies, with reasons': withPolicy(
      {
        validations: [
          { expression: "object.data.k != 'forbidden'", reason: 'Forbidden' },
          { expression: "object.data.k != 'told'", messageExpression: "'no ' + object.data.k" },
          { expression: "object.data.k != 'large'", reason: 'RequestEntityTooLarge' },
        ],
      },
      {},
      async (api) => {
        for (const k of ['forbidden', 'told', 'large']) await api.post('configmaps', map('m', { k }));
      },
    ),
    'what a policy warns of': withPolicy(
      { validations: [{ expression: "object.data.k != 'bad'" }] },
      { validationActions: ['Warn'] },
      (api) => api.post('configmaps', map('m', { k: 'bad' })),
    ),
    'an error at run time': withPolicy({ validations: [{ expression: 'object.data.none == ""' }] }, {}, (api) =>
      api.post('configmaps', map('m')),
    ),
    'an error that is ignored': withPolicy(
      { failurePolicy: 'Ignore', validations: [{ expression: 'object.data.none == ""' }] },
      {},
      (api) => api.post('configmaps', map('m')),
    ),
    'match conditions and variables': withPolicy(
      {
        matchConditions: [{ name: 'not-exempt', expression: "!has(object.metadata.labels) || !('exempt' in object.metadata.labels)" }],
        variables: [
          { name: 'k', expression: 'object.data.k' },
          { name: 'bad', expression: "variables.k == 'bad'" },
        ],
        validations: [{ expression: '!variables.bad', messageExpression: "'k: ' + variables.k" }],
      },
      {},
      async (api) => {
        await api.post('configmaps', map('m', { k: 'bad' }));
        await api.post('configmaps', map('m', { k: 'bad' }, { labels: { exempt: '' } }));
      },
    ),
    'the request and its namespace': withPolicy(
      {
        validations: [
          {
            expression:
              "request.operation != 'CREATE' || (request.userInfo.username == 'nobody' && namespaceObject.metadata.name == request.namespace)",
            messageExpression: "request.operation + ' ' + request.kind.kind + ' ' + request.name",
          },
        ],
      },
      {},
      (api) => api.post('configmaps', map('m')),
    ),
    'the authorizer': withPolicy(
      {
        validations: [
          { expression: "authorizer.group('').resource('secrets').namespace('x').check('get').allowed() == false", message: 'you may' },
        ],
      },
      {},
      (api) => api.post('configmaps', map('m')),
    ),
    'a parameter': withPolicy(
      {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        validations: [{ expression: "object.metadata.name == 'params' || object.data.k == params.data.allowed", message: 'not allowed' }],
      },
      { paramRef: { name: 'params', parameterNotFoundAction: 'Deny' } },
      async (api) => {
        await api.post('configmaps', map('m', { k: 'v' }));
      },
    ),
    'a delete that is denied': withPolicy(
      {
        matchConstraints: onConfigMaps(['CREATE', 'DELETE']),
        validations: [
          {
            expression:
              "request.operation != 'DELETE' || oldObject.metadata.name != 'kept' || request.userInfo.username == 'nobody' || has(oldObject.metadata.labels)",
          },
        ],
      },
      {},
      async (api) => {
        await api.post('configmaps', map('kept'));
        await api.delete('configmaps/kept');
        await api.patch('configmaps/kept', { metadata: { labels: { a: 'b' } } });
      },
    ),
    'a quota of pods': async (api) => {
      await quota(api, { pods: '1' });
      await api.post('pods', pod('one', gated));
      await api.post('pods', pod('two', gated));
    },
    'a quota of resources': async (api) => {
      await quota(api, { 'requests.cpu': '1', 'limits.memory': '1Gi' });
      await api.post('pods', sized('none', {}));
      await api.post('pods', sized('large', { requests: { cpu: '2' }, limits: { memory: '2Gi' } }));
      await api.post('pods', sized('one', { requests: { cpu: '800m' }, limits: { memory: '512Mi', cpu: '1' } }));
      await api.post('pods', sized('two', { requests: { cpu: '500m' }, limits: { memory: '512Mi' } }));
    },
    'a quota of node ports': async (api) => {
      await quota(api, { 'services.nodeports': '1', services: '5' });
      await api.post(
        'services',
        service('s', {
          type: 'NodePort',
          ports: [
            { name: 'a', port: 80 },
            { name: 'b', port: 81 },
          ],
        }),
      );
      await api.post('services', service('c', { clusterIP: 'None' }));
      await api.patch('services/c', { spec: { ports: [{ port: 90 }] } });
    },
    'a quota of claims': async (api) => {
      await quota(api, {
        persistentvolumeclaims: '2',
        'requests.storage': '5Gi',
        'fast.storageclass.storage.k8s.io/requests.storage': '1Gi',
      });
      const claim = (name: string, storage: string, storageClassName: string) => ({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
      });
      await api.post('persistentvolumeclaims', claim('a', '2Gi', 'fast'));
      await api.post('persistentvolumeclaims', claim('b', '9Gi', 'slow'));
      await api.post('persistentvolumeclaims', claim('c', '3Gi', 'slow'));
    },
    'a quota of a count': async (api) => {
      await quota(api, { 'count/deployments.apps': '1' });
      await api.post('apps/v1/deployments', deployment('one'));
      await api.post('apps/v1/deployments', deployment('two'));
    },
    'a quota in a scope': async (api) => {
      await quota(api, { pods: '0' }, { scopes: ['BestEffort'] });
      await api.post('pods', pod('best', gated));
      await api.post('pods', sized('burst', { requests: { cpu: '1m' } }));
    },
    'a quota of a priority': async (api) => {
      await quota(
        api,
        { pods: '0' },
        { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['system-node-critical'] }] } },
      );
      await api.post('pods', pod('low', gated));
      await api.post('pods', pod('high', { ...gated, priorityClassName: 'system-node-critical' }));
    },
    "a quota's status": async (api) => {
      await quota(api, { pods: '3', 'requests.cpu': '2' });
      await api.post('pods', sized('one', { requests: { cpu: '250m' } }));
      await api.settled('resourcequotas/q', (o) => o.status?.used?.pods === '1');
      await api.get('resourcequotas/q');
    },
    'bad scopes': (api) =>
      api.post('resourcequotas', {
        metadata: { name: 'q' },
        spec: { hard: { services: '1' }, scopes: ['BestEffort', 'NotBestEffort', 'Other'] },
      }),
    'limits of containers': async (api) => {
      await limits(api, { type: 'Container', min: { cpu: '100m' }, max: { cpu: '1', memory: '1Gi' }, maxLimitRequestRatio: { cpu: '2' } });
      await api.post('pods', sized('none', {}));
      await api.post('pods', sized('small', { requests: { cpu: '50m', memory: '1Mi' }, limits: { cpu: '60m', memory: '1Mi' } }));
      await api.post('pods', sized('ratio', { requests: { cpu: '100m', memory: '1Mi' }, limits: { cpu: '500m', memory: '1Mi' } }));
      await api.post('pods', sized('fits', { requests: { cpu: '100m', memory: '1Mi' }, limits: { cpu: '200m', memory: '1Mi' } }));
    },
    'limits of pods': async (api) => {
      await limits(api, { type: 'Pod', max: { cpu: '1' } });
      await api.post('pods', sized('p', { limits: { cpu: '2' } }));
    },
    'limits of claims': async (api) => {
      await limits(api, { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } });
      for (const storage of ['500Mi', '3Gi'])
        await api.post('persistentvolumeclaims', {
          metadata: { name: 'c' },
          spec: { accessModes: ['ReadWriteOnce'], storageClassName: '', resources: { requests: { storage } } },
        });
    },
    'defaults of two resources': async (api) => {
      await limits(api, { type: 'Container', default: { cpu: '500m', memory: '64Mi' }, defaultRequest: { cpu: '100m' } });
      await api.post('pods', pod('p', { ...gated, initContainers: [{ name: 'i', image: 'nginx' }] }));
    },
    'baseline: what it refuses': inLevel(
      { enforce: 'baseline' },
      { hostNetwork: true, hostPID: true },
      container({ privileged: true }),
      container({ capabilities: { add: ['NET_ADMIN', 'CHOWN'] } }),
      container({}, { ports: [{ containerPort: 80, hostPort: 80 }] }),
      { volumes: [{ name: 'v', hostPath: { path: '/' } }] },
      container({ seccompProfile: { type: 'Unconfined' } }),
      { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } },
      container({ seLinuxOptions: { type: 'x', user: 'u' } }),
      container({ procMount: 'Unmasked' }),
      container({ appArmorProfile: { type: 'Unconfined' } }),
      container({}, { livenessProbe: { tcpSocket: { port: 80, host: 'example.com' } } }),
      {},
    ),
    'restricted: what it refuses': inLevel(
      { enforce: 'restricted' },
      {},
      container(safe),
      container({ ...safe, runAsUser: 0 }),
      container({ ...safe, runAsNonRoot: false }),
      container({ ...safe, capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE'] } }),
      {
        ...container(safe),
        volumes: [
          { name: 'v', hostPath: { path: '/' } },
          { name: 'n', nfs: { server: 's', path: '/' } },
        ],
      },
      { ...container(safe), initContainers: [{ name: 'i', image: 'nginx', securityContext: { privileged: true } }] },
      {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        ...container({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }),
      },
    ),
    'a level that only warns': inLevel({ warn: 'restricted', 'warn-version': 'v1.30' }, {}, { hostNetwork: true }),
    'a deployment is warned of': async (api) => {
      await api.quietly('PATCH', `/api/v1/namespaces/${api.ns}`, {
        body: { metadata: { labels: { 'pod-security.kubernetes.io/warn': 'baseline' } } },
        type: 'application/merge-patch+json',
      });
      const template = { metadata: { labels: { app: 'd' } }, spec: { hostNetwork: true, containers: [{ name: 'c', image: 'nginx' }] } };
      await api.post('apps/v1/deployments?dryRun=All', deployment('d', { template }));
      await api.quietly('PATCH', `/api/v1/namespaces/${api.ns}`, {
        body: { metadata: { labels: { 'pod-security.kubernetes.io/warn': null } } },
        type: 'application/merge-patch+json',
      });
    },
    'a level that is none': (api) =>
      api.post('/api/v1/namespaces?dryRun=All', {
        metadata: {
          name: `${api.ns}-x`,
          labels: { 'pod-security.kubernetes.io/enforce': 'strict', 'pod-security.kubernetes.io/warn-version': '1.20' },
        },
      }),
    'a namespace whose pods break its new level': async (api) => {
      await api.quietly('POST', api.at('pods'), { body: pod('bad', { ...gated, hostPID: true }) });
      await api.patch(`/api/v1/namespaces/${api.ns}?dryRun=All`, {
        metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
      });
    },
    'granting what one does not have': withJane(
      [rolesRule('create', 'update', 'patch'), { apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
      async (api) => {
        await api.send('POST', `${rbac}/roles`, {
          body: role({ apiGroups: [''], resources: ['secrets', 'pods'], verbs: ['get', 'list'] }),
          ...asJane,
        });
        await api.send('POST', `${rbac}/roles`, { body: role({ apiGroups: [''], resources: ['pods'], verbs: ['get'] }), ...asJane });
        await api.send('PATCH', `${rbac}/roles/r`, {
          body: { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
          type: 'application/merge-patch+json',
          ...asJane,
        });
      },
    ),
    'binding what one does not have': withJane([rolesRule('create')], async (api) => {
      const name = `${api.ns}-c`;
      await api.quietly('POST', `/apis/${rbac}/clusterroles`, {
        body: {
          apiVersion: rbac,
          kind: 'ClusterRole',
          metadata: { name },
          rules: [
            { apiGroups: ['', 'apps'], resources: ['pods', 'deployments/scale'], verbs: ['get', 'list'] },
            { apiGroups: [''], resources: ['secrets'], resourceNames: ['s'], verbs: ['get'] },
          ],
        },
      });
      await api.send('POST', `${rbac}/rolebindings`, { body: bindingTo(name, 'ClusterRole'), ...asJane });
      await api.send('POST', `${rbac}/rolebindings`, { body: bindingTo('none'), ...asJane });
      await api.send('POST', `${rbac}/rolebindings`, { body: bindingTo('janes'), ...asJane });
    }),
    'who may bind': withJane(
      [
        rolesRule('create'),
        { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], resourceNames: ['edit'], verbs: ['bind'] },
      ],
      (api) => api.send('POST', `${rbac}/rolebindings`, { body: bindingTo('edit', 'ClusterRole'), ...asJane }),
    ),
    'who may escalate': withJane([rolesRule('create', 'escalate')], (api) =>
      api.send('POST', `${rbac}/roles`, { body: role({ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }), ...asJane }),
    ),
  },
};
