import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { deployment, map, pod, service } from './manifests.ts';

const deployments = 'apps/v1/deployments';
const change = (spec: object) => async (api: Api) => {
  await api.post(deployments, deployment('d', { paused: true }));
  await api.settled(`${deployments}/d`);
  await api.patch(`${deployments}/d`, { spec });
};
const stateful = (spec: object = {}) => ({ ...deployment('s', { serviceName: 's', ...spec }), kind: 'StatefulSet' });
const job = (spec: object = {}) => ({
  metadata: { name: 'j' },
  spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } }, ...spec },
});

/** Workloads: what may change, and what controllers make of them. */
export const workloads: Group = {
  name: 'workloads',
  cases: {
    'a deployment makes a replica set': async (api) => {
      await api.post(deployments, deployment('d'));
      await api.settled(
        `${deployments}/d`,
        (o) => o.status?.observedGeneration === 1 && o.metadata.annotations?.['deployment.kubernetes.io/revision'] === '1',
      );
      await api.get(`${deployments}/d`);
      await api.get('apps/v1/replicasets?labelSelector=app%3Dd');
      await api.get(`${deployments}/d/scale`);
    },
    'a new template makes a second replica set': async (api) => {
      await api.post(deployments, deployment('d'));
      await api.settled(`${deployments}/d`);
      await api.patch(`${deployments}/d`, { spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } } }, 'strategic');
      await api.settled(
        `${deployments}/d`,
        (o) => o.metadata.annotations?.['deployment.kubernetes.io/revision'] === '2' && o.status.observedGeneration === 2,
      );
      await api.get(`${deployments}/d`);
      await api.get('apps/v1/replicasets?labelSelector=app%3Dd');
    },
    'a deployment of pods that no node takes': async (api) => {
      await api.post(deployments, deployment('d', { replicas: 2 }));
      await api.settled(`${deployments}/d`, (o) => o.status?.unavailableReplicas === 2);
      await api.get(`${deployments}/d`);
    },
    'negative replicas': change({ replicas: -1 }),
    'no selector': (api) => api.post(deployments, deployment('d', { selector: undefined })),
    'an empty selector': (api) => api.post(deployments, deployment('d', { selector: {} })),
    'a selector that does not match': (api) => api.post(deployments, deployment('d', { selector: { matchLabels: { a: 'b' } } })),
    'a bad operator in a selector': (api) =>
      api.post(deployments, deployment('d', { selector: { matchExpressions: [{ key: 'app', operator: 'Like', values: ['d'] }] } })),
    'an unknown strategy': change({ strategy: { type: 'Slowly', rollingUpdate: null } }),
    'a recreate with rolling update': change({ strategy: { type: 'Recreate' } }),
    'both limits zero': change({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    'a percentage that is none': change({ strategy: { rollingUpdate: { maxSurge: 'lots' } } }),
    'too large a percentage': change({ strategy: { rollingUpdate: { maxUnavailable: '150%' } } }),
    'a deadline below the ready time': change({ minReadySeconds: 100, progressDeadlineSeconds: 50 }),
    'a template that never restarts': change({ template: { spec: { restartPolicy: 'Never' } } }),
    'no template': (api) => api.post(deployments, { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } } } }),
    'no spec': (api) => api.post(deployments, { metadata: { name: 'd' } }),
    'a stateful set stays as it is': async (api) => {
      await api.post('apps/v1/statefulsets', stateful());
      await api.settled('apps/v1/statefulsets/s');
      await api.patch('apps/v1/statefulsets/s', { spec: { serviceName: 'other' } });
      await api.patch('apps/v1/statefulsets/s', { spec: { replicas: 0, minReadySeconds: 3 } });
    },
    'a stateful set with claims': (api) =>
      api.post(
        'apps/v1/statefulsets',
        stateful({
          volumeClaimTemplates: [
            { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
          ],
        }),
      ),
    'a stateful set with a bad policy': (api) =>
      api.post('apps/v1/statefulsets', stateful({ podManagementPolicy: 'Random', updateStrategy: { type: 'Never' } })),
    'a daemon set with a bad strategy': (api) => {
      const { selector, template } = deployment('s').spec;
      return api.post('apps/v1/daemonsets', { metadata: { name: 's' }, spec: { selector, template, updateStrategy: { type: 'Later' } } });
    },
    "a daemon set's selector stays": async (api) => {
      const { selector, template } = deployment('s').spec;
      const { body } = await api.post('apps/v1/daemonsets', { metadata: { name: 's' }, spec: { selector, template } });
      await api.settled('apps/v1/daemonsets/s');
      await api.patch('apps/v1/daemonsets/s', {
        spec: { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { app: 'x' } } } },
      });
      await api.patch('apps/v1/daemonsets/s', { spec: { minReadySeconds: body.spec.minReadySeconds ?? 3 } });
    },
    'a replica set by a selector': (api) =>
      api.post('apps/v1/replicasets', { ...deployment('d', { selector: { matchLabels: { x: 'y' } } }), kind: 'ReplicaSet' }),
    'a job that restarts always': (api) =>
      api.post('batch/v1/jobs', job({ template: { spec: { restartPolicy: 'Always', containers: [{ name: 'c', image: 'i' }] } } })),
    'a job without a policy': (api) => api.post('batch/v1/jobs', job({ template: { spec: { containers: [{ name: 'c', image: 'i' }] } } })),
    'a job with negative numbers': (api) =>
      api.post('batch/v1/jobs', job({ parallelism: -1, completions: -1, backoffLimit: -1, ttlSecondsAfterFinished: -1 })),
    'an indexed job without completions': (api) => api.post('batch/v1/jobs', job({ completionMode: 'Indexed' })),
    'a job with its own selector': (api) => api.post('batch/v1/jobs', job({ selector: { matchLabels: { a: 'b' } } })),
    "a job's template stays": async (api) => {
      await api.post('batch/v1/jobs', job({ completions: 2 }));
      await api.settled('batch/v1/jobs/j', (o) => o.status?.conditions?.length > 0);
      await api.patch('batch/v1/jobs/j', { spec: { completions: 3 } });
      await api.patch('batch/v1/jobs/j', { spec: { parallelism: 3 } });
    },
    'a suspended job': async (api) => {
      await api.post('batch/v1/jobs', job());
      await api.settled('batch/v1/jobs/j', (o) => o.status?.conditions?.length > 0);
      await api.get('batch/v1/jobs/j');
    },
    'a cron job with a bad schedule': (api) =>
      api.post('batch/v1/cronjobs', {
        metadata: { name: 'j' },
        spec: { schedule: 'often', concurrencyPolicy: 'Maybe', jobTemplate: job() },
      }),
    'a cron job with a time zone in its schedule': (api) =>
      api.post('batch/v1/cronjobs', { metadata: { name: 'j' }, spec: { schedule: 'TZ=UTC 0 0 * * *', jobTemplate: { spec: job().spec } } }),
    'a cron job with a bad time zone': (api) =>
      api.post('batch/v1/cronjobs', {
        metadata: { name: 'j' },
        spec: { schedule: '0 0 * * *', timeZone: 'Moon/Base', jobTemplate: { spec: job().spec } },
      }),
    'a cron job with a long name': (api) =>
      api.post('batch/v1/cronjobs', {
        metadata: { name: 'j'.repeat(53) },
        spec: { schedule: '0 0 * * *', jobTemplate: { spec: job().spec } },
      }),
    'endpoints of a service without pods': async (api) => {
      await api.post('services', service('s'));
      await api.settled('endpoints/s', (o) => o.kind === 'Endpoints');
      await api.get('endpoints/s');
      await api.get('discovery.k8s.io/v1/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Ds');
    },
    'a service account by a controller': (api) => api.get('serviceaccounts/default'),
    'the certificate of the cluster': async (api) => {
      await api.settled('configmaps/kube-root-ca.crt', (o) => o.kind === 'ConfigMap');
      const { body } = await api.quietly('GET', api.at('configmaps/kube-root-ca.crt'));
      await api.post(
        'configmaps',
        map('names', { names: Object.keys(body.data).join(), notes: JSON.stringify(body.metadata.annotations ?? {}) }),
      );
    },
    'a pod that does not fit': async (api) => {
      await api.post('pods', pod('p'));
      await api.settled('pods/p', (o) => o.status?.conditions?.length > 0);
      await api.get('pods/p');
    },
    'a pod adopted by a replica set': async (api) => {
      await api.post('pods', pod('p', { schedulingGates: [{ name: 'e.com/g' }] }, { labels: { app: 'r' } }));
      await api.post('apps/v1/replicasets', { ...deployment('r', { replicas: 1 }), kind: 'ReplicaSet' });
      await api.settled('apps/v1/replicasets/r', (o) => o.status?.replicas === 1 && o.status.observedGeneration === 1);
      await api.get('apps/v1/replicasets/r');
      await api.get('pods/p');
    },
    'a rollout that is restarted': async (api) => {
      await api.post(deployments, deployment('d'));
      await api.settled(`${deployments}/d`);
      const annotations = { 'kubectl.kubernetes.io/restartedAt': 'now' };
      await api.patch(`${deployments}/d`, { spec: { template: { metadata: { annotations } } } }, 'strategic');
    },
  },
};
