import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { deployment, map, pod } from './manifests.ts';

const gone = (api: Api, path: string) => api.settled(path, (o) => o?.code === 404);
const owned = (name: string, owner: { body: { metadata: { uid: string; name: string } } }, extra: object = {}) =>
  map(
    name,
    {},
    { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: owner.body.metadata.name, uid: owner.body.metadata.uid, ...extra }] },
  );

/** DELETE, finalizers, preconditions, propagation. */
export const deletion: Group = {
  name: 'deletion',
  cases: {
    'deletes a config map': async (api) => {
      await api.post('configmaps', map('a'));
      await api.send('DELETE', 'configmaps/a');
      await api.get('configmaps/a');
      await api.send('DELETE', 'configmaps/a');
    },
    'a finalizer keeps an object': async (api) => {
      await api.post('configmaps', map('a', {}, { finalizers: ['e.com/f'] }));
      await api.send('DELETE', 'configmaps/a');
      await api.send('DELETE', 'configmaps/a');
      await api.patch('configmaps/a', { metadata: { finalizers: ['e.com/f', 'e.com/g'] } });
      await api.patch('configmaps/a', { data: { still: 'writable' } });
      await api.patch('configmaps/a', { metadata: { finalizers: null } });
      await api.get('configmaps/a');
    },
    'a finalizer goes by PUT': async (api) => {
      await api.post('configmaps', map('a', {}, { finalizers: ['e.com/f'] }));
      const { body } = await api.send('DELETE', 'configmaps/a');
      await api.put('configmaps/a', { ...body, metadata: { ...body.metadata, finalizers: [] } });
      await api.get('configmaps/a');
    },
    'a finalizer needs a qualified name': (api) => api.post('configmaps', map('a', {}, { finalizers: ['mine'] })),
    'creating what is being deleted': async (api) => {
      await api.post('configmaps', map('a', {}, { finalizers: ['e.com/f'] }));
      await api.send('DELETE', 'configmaps/a');
      await api.post('configmaps', map('a'));
    },
    'the uid must match': async (api) => {
      await api.post('configmaps', map('a'));
      await api.delete('configmaps/a', { preconditions: { uid: '11111111-1111-1111-1111-111111111111' } });
    },
    'the resourceVersion must match': async (api) => {
      await api.post('configmaps', map('a'));
      await api.delete('configmaps/a', { preconditions: { resourceVersion: '1' } });
    },
    'preconditions that match': async (api) => {
      const { body } = await api.post('configmaps', map('a'));
      const { uid, resourceVersion } = body.metadata;
      await api.delete('configmaps/a', { preconditions: { uid, resourceVersion } });
    },
    'an unknown propagation policy': async (api) => {
      await api.post('configmaps', map('a'));
      await api.delete('configmaps/a', { propagationPolicy: 'Sideways' });
      await api.send('DELETE', 'configmaps/a?propagationPolicy=Sideways');
    },
    'two ways to say how to propagate': async (api) => {
      await api.post('configmaps', map('a'));
      await api.delete('configmaps/a', { propagationPolicy: 'Orphan', orphanDependents: true });
    },
    'a negative grace period': async (api) => {
      await api.post('configmaps', map('a'));
      await api.delete('configmaps/a', { gracePeriodSeconds: -1 });
    },
    'options of another kind': async (api) => {
      await api.post('configmaps', map('a'));
      await api.delete('configmaps/a', { kind: 'Pod', apiVersion: 'v1' });
    },
    'options that are no JSON': async (api) => {
      await api.post('configmaps', map('a'));
      await api.send('DELETE', 'configmaps/a', { body: '{' });
    },
    'options with unknown fields': async (api) => {
      await api.post('configmaps', map('a'));
      await api.delete('configmaps/a', { nonsense: 1 });
    },
    'options of the policy group': async (api) => {
      await api.post('configmaps', map('a'));
      await api.delete('configmaps/a', { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 });
    },
    'in the background': async (api) => {
      const owner = await api.post('configmaps', map('owner'));
      await api.post('configmaps', owned('child', owner));
      await api.delete('configmaps/owner', { propagationPolicy: 'Background' });
      await gone(api, 'configmaps/child');
      await api.get('configmaps/child');
    },
    'in the foreground': async (api) => {
      const owner = await api.post('configmaps', map('owner'));
      await api.post('configmaps', owned('child', owner, { blockOwnerDeletion: true }));
      await api.delete('configmaps/owner', { propagationPolicy: 'Foreground' });
      await gone(api, 'configmaps/owner');
      await api.get('configmaps/child');
    },
    'as orphans': async (api) => {
      const owner = await api.post('configmaps', map('owner'));
      await api.post('configmaps', owned('child', owner));
      await api.delete('configmaps/owner', { propagationPolicy: 'Orphan' });
      await gone(api, 'configmaps/owner');
      await api.get('configmaps/child');
    },
    'the old way to orphan': async (api) => {
      await api.post('configmaps', map('a'));
      await api.delete('configmaps/a', { orphanDependents: true });
    },
    'a foreground deletion waits for a dependent': async (api) => {
      const owner = await api.post('configmaps', map('owner'));
      const child = owned('child', owner, { blockOwnerDeletion: true });
      await api.post('configmaps', { ...child, metadata: { ...child.metadata, finalizers: ['e.com/f'] } });
      await api.delete('configmaps/owner', { propagationPolicy: 'Foreground' });
      await api.settled('configmaps/child', (o) => o.metadata?.deletionTimestamp !== undefined);
      await api.get('configmaps/owner');
      await api.get('configmaps/child');
    },
    'two controllers are refused': (api) =>
      api.post(
        'configmaps',
        map(
          'a',
          {},
          {
            ownerReferences: [1, 2].map((i) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: `o${i}`, uid: `u${i}`, controller: true })),
          },
        ),
      ),
    'an owner without a uid': (api) =>
      api.post('configmaps', map('a', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o' }] })),
    'a pod that no node runs goes at once': async (api) => {
      await api.post('pods', pod('p', { schedulingGates: [{ name: 'e.com/g' }] }));
      await api.send('DELETE', 'pods/p');
      await api.get('pods/p');
    },
    'a pod on a node has its grace period': async (api) => {
      await api.post('pods', pod('p', { nodeName: 'nowhere', terminationGracePeriodSeconds: 600 }));
      await api.delete('pods/p', { gracePeriodSeconds: 300 });
      await api.delete('pods/p', { gracePeriodSeconds: 400 });
      await api.delete('pods/p', { gracePeriodSeconds: 200 });
      await api.delete('pods/p', { gracePeriodSeconds: 0 });
      await api.get('pods/p');
    },
    'a deletion of a collection': async (api) => {
      await api.post('configmaps', map('a', {}, { labels: { set: 'x' } }));
      await api.post('configmaps', map('b', {}, { labels: { set: 'x' } }));
      await api.post('configmaps', map('c', {}, { labels: { set: 'y' } }));
      await api.send('DELETE', 'configmaps?labelSelector=set%3Dx');
      await api.get('configmaps?labelSelector=set');
    },
    'a deletion of a collection as a dry run': async (api) => {
      await api.post('configmaps', map('a', {}, { labels: { set: 'x' } }));
      await api.send('DELETE', 'configmaps?labelSelector=set%3Dx&dryRun=All');
      await api.get('configmaps/a');
    },
    'services cannot be deleted as a collection in all namespaces': (api) => api.send('DELETE', '/api/v1/services'),
    'a deployment is answered by a Status': async (api) => {
      await api.post('apps/v1/deployments', deployment('d'));
      await api.send('DELETE', 'apps/v1/deployments/d');
    },
    'a deployment in the foreground': async (api) => {
      await api.post('apps/v1/deployments', deployment('d', { paused: true }));
      await api.settled('apps/v1/deployments/d');
      await api.delete('apps/v1/deployments/d', { propagationPolicy: 'Foreground' });
      await gone(api, 'apps/v1/deployments/d');
    },
    'a namespace goes with what is in it': async (api) => {
      const path = `/api/v1/namespaces/${api.ns}-gone`;
      await api.post('/api/v1/namespaces', { metadata: { name: `${api.ns}-gone` } });
      await api.post(`${path}/configmaps`, map('a', {}, { finalizers: ['e.com/f'] }));
      await api.send('DELETE', path);
      await api.settled(`${path}/configmaps/a`, (o) => o.metadata?.deletionTimestamp !== undefined);
      await api.post(`${path}/configmaps`, map('b'));
      await api.patch(`${path}/configmaps/a`, { metadata: { finalizers: null } });
      await gone(api, path);
      await api.get(path);
    },
    'the default namespace stays': (api) => api.send('DELETE', '/api/v1/namespaces/default'),
    'a service account is answered': async (api) => {
      await api.post('serviceaccounts', { metadata: { name: 'sa' } });
      await api.send('DELETE', 'serviceaccounts/sa');
    },
    'a service is answered': async (api) => {
      await api.post('services', { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } });
      await api.send('DELETE', 'services/s');
    },
    'an answer as a Table': async (api) => {
      await api.post('configmaps', map('a', {}, { finalizers: ['e.com/f'] }));
      await api.send('DELETE', 'configmaps/a', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    },
  },
};
