import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { deployment, map } from './manifests.ts';

const applied = (api: Api, body: unknown, manager = 'one', extra = '') =>
  api.patch(`configmaps/a?fieldManager=${manager}${extra}`, body, 'apply');

/** Server-side apply. */
export const apply: Group = {
  name: 'apply',
  cases: {
    'creates by apply': (api) => applied(api, map('a')),
    'an identical apply keeps the resourceVersion': async (api) => {
      await applied(api, map('a'));
      await applied(api, map('a'));
    },
    'a dropped field goes': async (api) => {
      await applied(api, map('a', { k: 'v', l: 'w' }));
      await applied(api, map('a', { k: 'v' }));
    },
    'a dropped field that another owns too stays': async (api) => {
      await applied(api, map('a', { k: 'v', l: 'w' }));
      await applied(api, map('a', { l: 'w' }), 'two');
      await applied(api, map('a', { k: 'v' }));
    },
    'a conflict': async (api) => {
      await applied(api, map('a'));
      await applied(api, map('a', { k: 'other' }), 'two');
    },
    'two conflicts with two managers': async (api) => {
      await applied(api, map('a', { k: '1' }));
      await applied(api, map('a', { k: '1' }), 'two');
      await applied(api, map('a', { k: '2' }), 'three');
    },
    'force takes the field': async (api) => {
      await applied(api, map('a'));
      await applied(api, map('a', { k: 'other' }), 'two', '&force=true');
    },
    'a conflict with an update': async (api) => {
      await api.post('configmaps', map('a'));
      await applied(api, map('a', { k: 'other' }));
    },
    'a same value is shared with an update': async (api) => {
      await api.post('configmaps', map('a'));
      await applied(api, map('a'));
    },
    'an update takes a field from an applier': async (api) => {
      await applied(api, map('a', { k: 'v', l: 'w' }));
      await api.patch('configmaps/a', { data: { k: 'mine' } });
    },
    'needs a fieldManager': (api) => api.patch('configmaps/a', map('a'), 'apply'),
    'needs a kind': (api) => applied(api, { metadata: { name: 'a' } }),
    'needs an apiVersion': (api) => applied(api, { kind: 'ConfigMap', metadata: { name: 'a' } }),
    'fills the name from the path': (api) => applied(api, { apiVersion: 'v1', kind: 'ConfigMap', data: { k: 'v' } }),
    'another name': (api) => applied(api, map('b')),
    'another kind': (api) => applied(api, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }),
    'managedFields must be nil': (api) => applied(api, map('a', {}, { managedFields: [{ manager: 'x', operation: 'Apply' }] })),
    YAML: (api) => applied(api, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n'),
    'YAML that is none': (api) => applied(api, 'a: b: c'),
    'a body that is no object': (api) => applied(api, '[]'),
    'a wrong resourceVersion': async (api) => {
      await applied(api, map('a'));
      await applied(api, map('a', { k: '2' }, { resourceVersion: '1' }));
    },
    'a uid of an object that is not there': (api) => applied(api, map('a', {}, { uid: '11111111-1111-1111-1111-111111111111' })),
    'an unknown field': (api) => applied(api, { ...map('a'), nonsense: 1 }),
    'an unknown field, strictly': (api) => applied(api, { ...map('a'), nonsense: 1 }, 'one', '&fieldValidation=Strict'),
    'force without apply': async (api) => {
      await api.post('configmaps', map('a'));
      await api.patch('configmaps/a?force=true', {});
    },
    'a manager that is too long': (api) => applied(api, map('a'), 'x'.repeat(129)),
    'a manager of other characters': (api) => applied(api, map('a'), 'a%07b'),
    'lists of a deployment merge by their keys': async (api) => {
      const path = 'apps/v1/deployments/d?fieldManager=';
      await api.patch(`${path}one`, deployment('d', { paused: true }), 'apply');
      await api.settled('apps/v1/deployments/d');
      const spec = { template: { spec: { containers: [{ name: 'side', image: 's', ports: [{ containerPort: 80 }] }] } } };
      await api.patch(`${path}two`, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec }, 'apply');
    },
    'a default that is applied differently': async (api) => {
      const path = 'apps/v1/deployments/d?fieldManager=';
      await api.patch(`${path}one`, deployment('d', { paused: true }), 'apply');
      await api.settled('apps/v1/deployments/d');
      await api.patch(
        `${path}two`,
        { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { replicas: 0, revisionHistoryLimit: 3 } },
        'apply',
      );
    },
    'a repeated key in a list': (api) =>
      api.patch(
        'apps/v1/deployments/d?fieldManager=one',
        deployment('d', {
          template: {
            metadata: { labels: { app: 'd' } },
            spec: {
              containers: [
                { name: 'c', image: 'x' },
                { name: 'c', image: 'y' },
              ],
            },
          },
        }),
        'apply',
      ),
    'finalizers are a set': async (api) => {
      await applied(api, map('a', {}, { finalizers: ['e.com/a'] }));
      await applied(api, map('a', {}, { finalizers: ['e.com/b'] }), 'two');
      await applied(api, map('a', {}, {}));
    },
    'applying nothing drops everything that is owned': async (api) => {
      await applied(api, map('a'));
      await applied(api, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
    },
    'a client empties managedFields': async (api) => {
      await applied(api, map('a'));
      await api.patch('configmaps/a', { metadata: { managedFields: [{}] } });
    },
    'apply to status': async (api) => {
      await api.post('apps/v1/deployments', deployment('d', { paused: true }));
      await api.settled('apps/v1/deployments/d');
      await api.patch(
        'apps/v1/deployments/d/status?fieldManager=one',
        { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, status: { conditions: [{ type: 'Mine', status: 'True' }] } },
        'apply',
      );
    },
    'apply as a dry run': async (api) => {
      await applied(api, map('a'), 'one', '&dryRun=All');
      await api.get('configmaps/a');
    },
    'a namespace by apply': (api) =>
      api.patch(
        `/api/v1/namespaces/${api.ns}-ap?fieldManager=one`,
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${api.ns}-ap` } },
        'apply',
      ),
  },
};
