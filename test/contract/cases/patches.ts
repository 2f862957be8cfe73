import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { deployment, map, pod, service } from './manifests.ts';

const withMap = (change: (api: Api) => Promise<unknown>) => async (api: Api) => {
  await api.post('configmaps', map('a', { k: 'v', l: 'w' }, { labels: { x: 'y' } }));
  await change(api);
};

const withPod =
  (change: (api: Api) => Promise<unknown>, spec: object = {}) =>
  async (api: Api) => {
    await api.post('pods', pod('p', { schedulingGates: [{ name: 'example.com/wait' }], ...spec }));
    await change(api);
  };

const withDeployment = (change: (api: Api) => Promise<unknown>) => async (api: Api) => {
  await api.post('apps/v1/deployments', deployment('d', { paused: true }));
  await api.settled('apps/v1/deployments/d');
  await change(api);
};

/** JSON, merge and strategic merge patches. */
export const patches: Group = {
  name: 'patches',
  cases: {
    'a merge patch changes and removes': withMap((api) => api.patch('configmaps/a', { data: { k: '2', l: null, m: '3' } })),
    'a merge patch that changes nothing keeps the resourceVersion': withMap((api) => api.patch('configmaps/a', { data: { k: 'v' } })),
    'an empty merge patch': withMap((api) => api.patch('configmaps/a', {})),
    'a merge patch replaces by null': withMap((api) => api.patch('configmaps/a', { data: null })),
    'a merge patch of labels': withMap((api) => api.patch('configmaps/a', { metadata: { labels: { x: null, z: '1' } } })),
    'a merge patch with a stale resourceVersion': withMap(async (api) => {
      await api.patch('configmaps/a', { metadata: { resourceVersion: '1' }, data: { k: '3' } });
    }),
    'a merge patch with the right resourceVersion': async (api) => {
      const { body } = await api.post('configmaps', map('a'));
      await api.patch('configmaps/a', { metadata: { resourceVersion: body.metadata.resourceVersion }, data: { k: '3' } });
    },
    'a patch of a missing object': (api) => api.patch('configmaps/missing', {}),
    'a patch of a missing object in a missing namespace': (api) => api.patch('/api/v1/namespaces/missing-ns/configmaps/missing', {}),
    'a merge patch that is no object': withMap((api) => api.patch('configmaps/a', '[]')),
    'a merge patch that is a text': withMap((api) => api.patch('configmaps/a', '"x"')),
    'a merge patch that is no JSON': withMap((api) => api.patch('configmaps/a', '{"data":')),
    'an empty body': withMap((api) => api.patch('configmaps/a', '')),
    'a merge patch of the name': withMap((api) => api.patch('configmaps/a', { metadata: { name: 'b' } })),
    'a merge patch of the namespace': withMap((api) => api.patch('configmaps/a', { metadata: { namespace: 'b' } })),
    'a merge patch of the uid': withMap((api) => api.patch('configmaps/a', { metadata: { uid: 'b' } })),
    'a merge patch of the kind': withMap((api) => api.patch('configmaps/a', { kind: 'Secret' })),
    'a merge patch of the version': withMap((api) => api.patch('configmaps/a', { apiVersion: 'v9' })),
    'a merge patch of a wrong type': withMap((api) => api.patch('configmaps/a', { data: 'text' })),
    'a merge patch of a wrong type inside': withMap((api) => api.patch('configmaps/a', { data: { k: 5 } })),
    'a merge patch that makes the object invalid': withMap((api) => api.patch('configmaps/a', { data: { 'a b': 'x' } })),
    'a merge patch of unknown fields': withMap((api) => api.patch('configmaps/a', { nonsense: 1, metadata: { more: 2 } })),
    'a merge patch of creationTimestamp': withMap((api) =>
      api.patch('configmaps/a', { metadata: { creationTimestamp: null, generation: 9 } }),
    ),
    'a merge patch replaces lists': withPod((api) => api.patch('pods/p', { spec: { tolerations: [{ key: 'a', operator: 'Exists' }] } })),
    'a JSON patch': withMap((api) =>
      api.patch(
        'configmaps/a',
        [
          { op: 'test', path: '/data/k', value: 'v' },
          { op: 'replace', path: '/data/k', value: '2' },
          { op: 'add', path: '/data/n', value: '3' },
          { op: 'remove', path: '/data/l' },
        ],
        'json',
      ),
    ),
    'a JSON patch moves and copies': withMap((api) =>
      api.patch(
        'configmaps/a',
        [
          { op: 'move', from: '/data/k', path: '/data/z' },
          { op: 'copy', from: '/data/z', path: '/data/y' },
        ],
        'json',
      ),
    ),
    'a JSON patch whose test fails': withMap((api) => api.patch('configmaps/a', [{ op: 'test', path: '/data/k', value: 'x' }], 'json')),
    'a JSON patch tests what is not there': withMap((api) =>
      api.patch('configmaps/a', [{ op: 'test', path: '/data/none', value: 'x' }], 'json'),
    ),
    'a JSON patch removes what is not there': withMap((api) => api.patch('configmaps/a', [{ op: 'remove', path: '/data/none' }], 'json')),
    'a JSON patch replaces what is not there': withMap((api) =>
      api.patch('configmaps/a', [{ op: 'replace', path: '/data/none', value: '' }], 'json'),
    ),
    'a JSON patch adds below what is not there': withMap((api) =>
      api.patch('configmaps/a', [{ op: 'add', path: '/none/x', value: '' }], 'json'),
    ),
    'a JSON patch with an unknown operation': withMap((api) => api.patch('configmaps/a', [{ op: 'nonsense', path: '/data/k' }], 'json')),
    'a JSON patch that is no list': withMap((api) => api.patch('configmaps/a', { op: 'add' }, 'json')),
    'a JSON patch that is no JSON': withMap((api) => api.patch('configmaps/a', '[{', 'json')),
    'a JSON patch of escaped keys': withMap((api) =>
      api.patch(
        'configmaps/a',
        [
          { op: 'add', path: '/metadata/annotations', value: {} },
          { op: 'add', path: '/metadata/annotations/a.b~1c', value: 'd' },
        ],
        'json',
      ),
    ),
    'a JSON patch beyond the end of a list': withPod((api) =>
      api.patch('pods/p', [{ op: 'add', path: '/spec/tolerations/9', value: {} }], 'json'),
    ),
    'a JSON patch appends to a list': withPod((api) =>
      api.patch('pods/p', [{ op: 'add', path: '/spec/tolerations/-', value: { key: 'a', operator: 'Exists' } }], 'json'),
    ),
    'a JSON patch of too many operations': withMap((api) =>
      api.patch(
        'configmaps/a',
        Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/k', value: 'v' })),
        'json',
      ),
    ),
    'an empty JSON patch': withMap((api) => api.patch('configmaps/a', [], 'json')),
    'an unknown patch type': withMap((api) => api.send('PATCH', 'configmaps/a', { body: {}, type: 'application/json' })),
    'another unknown patch type': withMap((api) => api.send('PATCH', 'configmaps/a', { body: {}, type: 'text/plain' })),
    'a strategic merge changes a map': withMap((api) => api.patch('configmaps/a', { data: { l: null, m: '1' } }, 'strategic')),
    'a strategic merge that changes nothing': withMap((api) => api.patch('configmaps/a', { data: { k: 'v' } }, 'strategic')),
    'a strategic merge that is no JSON': withMap((api) => api.patch('configmaps/a', '{', 'strategic')),
    'a strategic merge that is a list': withMap((api) => api.patch('configmaps/a', '[]', 'strategic')),
    'a strategic merge finds containers by name': withPod((api) =>
      api.patch('pods/p', { spec: { containers: [{ name: 'c', image: 'other' }] } }, 'strategic'),
    ),
    'a strategic merge adds a container': withDeployment((api) =>
      api.patch('apps/v1/deployments/d', { spec: { template: { spec: { containers: [{ name: 'd', image: 'x' }] } } } }, 'strategic'),
    ),
    'a strategic merge deletes a container': withDeployment(async (api) => {
      await api.patch('apps/v1/deployments/d', { spec: { template: { spec: { containers: [{ name: 'd', image: 'x' }] } } } }, 'strategic');
      await api.settled('apps/v1/deployments/d');
      await api.patch(
        'apps/v1/deployments/d',
        { spec: { template: { spec: { containers: [{ name: 'c', $patch: 'delete' }] } } } },
        'strategic',
      );
    }),
    'a strategic merge replaces a list': withDeployment((api) =>
      api.patch(
        'apps/v1/deployments/d',
        { spec: { template: { spec: { containers: [{ name: 'z', image: 'z' }, { $patch: 'replace' }] } } } },
        'strategic',
      ),
    ),
    'a strategic merge orders a list': withDeployment((api) =>
      api.patch(
        'apps/v1/deployments/d',
        {
          spec: {
            template: {
              spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }], containers: [{ name: 'b', image: 'b' }] },
            },
          },
        },
        'strategic',
      ),
    ),
    'a strategic merge sets the strategy with retainKeys': withDeployment((api) =>
      api.patch('apps/v1/deployments/d', { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } }, 'strategic'),
    ),
    'a strategic merge sets the strategy without retainKeys': withDeployment((api) =>
      api.patch('apps/v1/deployments/d', { spec: { strategy: { type: 'Recreate' } } }, 'strategic'),
    ),
    'a strategic merge deletes from a list of values': withMap(async (api) => {
      await api.patch('configmaps/a', { metadata: { finalizers: ['e.com/a', 'e.com/b'] } });
      await api.patch('configmaps/a', { metadata: { finalizers: ['e.com/c'] } }, 'strategic');
      await api.patch('configmaps/a', { metadata: { '$deleteFromPrimitiveList/finalizers': ['e.com/a'] } }, 'strategic');
    }),
    'a strategic merge with an unknown directive': withMap((api) =>
      api.patch('configmaps/a', { data: { $patch: 'nonsense' } }, 'strategic'),
    ),
    'a strategic merge replaces a map': withMap((api) =>
      api.patch('configmaps/a', { data: { $patch: 'replace', only: '1' } }, 'strategic'),
    ),
    'a strategic merge deletes a map': withMap((api) => api.patch('configmaps/a', { data: { $patch: 'delete' } }, 'strategic')),
    'a strategic merge of a list item without its key': withDeployment((api) =>
      api.patch('apps/v1/deployments/d', { spec: { template: { spec: { containers: [{ image: 'x' }] } } } }, 'strategic'),
    ),
    'a strategic merge of a wrong type': withDeployment((api) =>
      api.patch('apps/v1/deployments/d', { spec: { replicas: 'many' } }, 'strategic'),
    ),
    'a strategic merge of an unknown field': withDeployment((api) =>
      api.patch('apps/v1/deployments/d', { spec: { nonsense: 1 } }, 'strategic'),
    ),
    'a strategic merge of ports by their key': async (api) => {
      await api.post(
        'services',
        service('s', {
          ports: [
            { name: 'a', port: 80 },
            { name: 'b', port: 81 },
          ],
        }),
      );
      await api.patch('services/s', { spec: { ports: [{ port: 80, targetPort: 8080 }] } }, 'strategic');
      await api.patch('services/s', { spec: { ports: [{ port: 81, $patch: 'delete' }] } }, 'strategic');
    },
    'a strategic merge of env by name': withDeployment(async (api) => {
      const env = (list: object[]) => ({ spec: { template: { spec: { containers: [{ name: 'c', env: list }] } } } });
      await api.patch(
        'apps/v1/deployments/d',
        env([
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ]),
        'strategic',
      );
      await api.settled('apps/v1/deployments/d');
      await api.patch(
        'apps/v1/deployments/d',
        env([
          { name: 'A', $patch: 'delete' },
          { name: 'C', value: '3' },
        ]),
        'strategic',
      );
    }),
    'taints of a node by key': async (api) => {
      await api.post('/api/v1/nodes', {
        metadata: { name: `${api.ns}-n` },
        spec: { unschedulable: true, taints: [{ key: 'a', effect: 'NoSchedule' }] },
      });
      await api.patch(`/api/v1/nodes/${api.ns}-n`, { spec: { taints: [{ key: 'b', value: 'c', effect: 'NoExecute' }] } }, 'strategic');
    },
    'a label only bumps the resourceVersion, a spec the generation': withDeployment(async (api) => {
      await api.patch('apps/v1/deployments/d', { metadata: { labels: { a: 'b' } } });
      await api.patch('apps/v1/deployments/d', { spec: { minReadySeconds: 5 } });
    }),
    'a patch cannot change the status': withDeployment((api) => api.patch('apps/v1/deployments/d', { status: { replicas: 77 } })),
    "a deployment's selector stays": withDeployment((api) =>
      api.patch('apps/v1/deployments/d', {
        spec: { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { app: 'x' } } } },
      }),
    ),
    "a pod's spec stays": withPod((api) => api.patch('pods/p', { spec: { nodeName: 'elsewhere' } })),
    "a pod's image changes": withPod((api) =>
      api.patch('pods/p', [{ op: 'replace', path: '/spec/containers/0/image', value: 'x:2' }], 'json'),
    ),
    "a pod's containers stay": withPod((api) => api.patch('pods/p', { spec: { containers: [{ name: 'd', image: 'x' }] } }, 'strategic')),
    "a pod's tolerations grow": withPod((api) =>
      api.patch('pods/p', { spec: { tolerations: [{ key: 'k', operator: 'Exists' }] } }, 'strategic'),
    ),
    "a pod's deadline": withPod(async (api) => {
      await api.patch('pods/p', { spec: { activeDeadlineSeconds: 100 } });
      await api.patch('pods/p', { spec: { activeDeadlineSeconds: 200 } });
    }),
    "a pod's resources need /resize": withPod((api) =>
      api.patch('pods/p', { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }] } }, 'strategic'),
    ),
    "a pod's gates only go": withPod(async (api) => {
      await api.patch('pods/p', { spec: { schedulingGates: [{ name: 'example.com/other' }] } });
    }),
  },
};
