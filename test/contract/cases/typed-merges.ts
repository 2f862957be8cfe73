import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { deployment } from './manifests.ts';

const path = 'apps/v1/deployments/d';
const container = (name: string, more: object = {}) => ({ name, image: 'i', ...more });
const make = (api: Api) =>
  api.post(
    'apps/v1/deployments',
    deployment('d', {
      paused: true,
      replicas: 0,
      template: {
        metadata: { labels: { app: 'd' } },
        spec: {
          containers: [
            container('a', {
              env: [
                { name: 'X', value: '1' },
                { name: 'Y', value: '2' },
              ],
              ports: [{ containerPort: 80 }, { containerPort: 81 }],
              args: ['p', 'q'],
            }),
            container('b'),
          ],
          volumes: [{ name: 'v', emptyDir: {} }],
          tolerations: [{ key: 'k', operator: 'Exists' }],
          imagePullSecrets: [{ name: 's' }],
        },
      },
    }),
  );
const merge = (patch: object) => async (api: Api) => {
  await make(api);
  await api.settled(path);
  const { body } = await api.patch(path, patch, 'strategic');
  if (body.kind === 'Deployment') await api.settled(path);
};
const pod = (spec: object) => merge({ spec: { template: { spec } } });
const pod2 = (spec: object) => ({ spec: { template: { spec } } });

const applied =
  (manager: string, spec: object, force = false) =>
  (api: Api) =>
    api.patch(
      `${path}?fieldManager=${manager}&force=${force}`,
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec },
      'apply',
    );
const base = { paused: true, replicas: 0, selector: { matchLabels: { app: 'd' } } };
const withContainers = (...containers: object[]) => ({
  ...base,
  template: { metadata: { labels: { app: 'd' } }, spec: { containers } },
});
/** Until the controller has seen it, where there is one. */
async function calm(api: Api): Promise<void> {
  const { status } = await api.quietly('GET', api.at(path));
  if (status === 200) await api.settled(path);
}
const inTurn =
  (...steps: ((api: Api) => Promise<unknown>)[]) =>
  async (api: Api) => {
    for (const step of steps) {
      await step(api);
      await calm(api);
    }
  };

/** Strategic merges with their directives, and server-side apply of lists of maps by several managers. */
export const typedMerges: Group = {
  name: 'typed-merges',
  cases: {
    'a container by name': pod({ containers: [container('b', { image: 'j' })] }),
    'a new container': pod({ containers: [container('c')] }),
    'a container away': pod({ containers: [{ name: 'b', $patch: 'delete' }] }),
    'a container that is not there away': pod({ containers: [{ name: 'z', $patch: 'delete' }] }),
    'all containers replaced': pod({ containers: [container('z'), { $patch: 'replace' }] }),
    'a container without a name': pod({ containers: [{ image: 'j' }] }),
    'a directive that is none': pod({ containers: [{ name: 'b', $patch: 'nonsense' }] }),
    'a directive to merge': pod({ containers: [{ name: 'b', $patch: 'merge' }] }),
    'a map replaced': merge({ metadata: { labels: { $patch: 'replace', only: 'x' } } }),
    'a map deleted': merge({ metadata: { labels: { $patch: 'delete' } } }),
    'a variable by name': pod({ containers: [{ name: 'a', env: [{ name: 'Y', value: '3' }] }] }),
    'a variable away': pod({ containers: [{ name: 'a', env: [{ name: 'Y', $patch: 'delete' }] }] }),
    'a port by its number': pod({ containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'http' }] }] }),
    'an atomic list': pod({ containers: [{ name: 'a', args: ['r'] }] }),
    'tolerations are replaced': pod({ tolerations: [{ key: 'l', operator: 'Exists' }] }),
    'an order of containers': pod({ '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] }),
    'an order with a change': pod({
      '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
      containers: [container('c')],
    }),
    'an order that does not match': pod({ '$setElementOrder/containers': [{ name: 'b' }], containers: [container('c')] }),
    'an order of a wrong type': pod({ '$setElementOrder/containers': 'b' }),
    'the keys of a strategy': merge({ spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } }),
    'keys that are not retained': merge({
      spec: { strategy: { $retainKeys: ['type'], type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
    }),
    'keys of a wrong type': merge({ spec: { strategy: { $retainKeys: 'type' } } }),
    'a volume changes its kind': pod({ volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'm' } }] }),
    'a volume of two kinds': pod({ volumes: [{ name: 'v', configMap: { name: 'm' } }] }),
    'a finalizer more': async (api) => {
      await api.post('configmaps', { metadata: { name: 'a', finalizers: ['e.com/f'] } });
      await api.patch('configmaps/a', { metadata: { finalizers: ['e.com/g'] } }, 'strategic');
      await api.patch('configmaps/a', { metadata: { '$deleteFromPrimitiveList/finalizers': ['e.com/f'] } }, 'strategic');
      await api.patch(
        'configmaps/a',
        { metadata: { '$setElementOrder/finalizers': ['e.com/h', 'e.com/g'], finalizers: ['e.com/h'] } },
        'strategic',
      );
    },
    'a deletion from a list of a wrong type': async (api) => {
      await api.post('configmaps', { metadata: { name: 'a', finalizers: ['e.com/f'] } });
      await api.patch('configmaps/a', { metadata: { '$deleteFromPrimitiveList/finalizers': 'e.com/f' } }, 'strategic');
    },
    'null for a list': pod({ volumes: null }),
    'null for a number': merge({ spec: { replicas: null } }),
    'a map for a list': pod({ containers: { name: 'a' } }),
    'a text for a map': merge({ metadata: { labels: 'x' } }),
    'a number for a text': merge({ metadata: { labels: { x: 5 } } }),
    'a text for a boolean': merge({ spec: { paused: 'yes' } }),
    'an empty patch': merge({}),

    'two managers of two containers': inTurn(
      applied('one', withContainers(container('a'))),
      applied('two', withContainers(container('b'))),
      applied('one', withContainers(container('c'))),
    ),
    'two managers of one container': inTurn(
      applied('one', withContainers(container('a', { env: [{ name: 'X', value: '1' }] }))),
      applied('two', withContainers({ name: 'a', env: [{ name: 'Y', value: '2' }] })),
      applied('two', withContainers({ name: 'a' })),
    ),
    'a field that one drops and the other keeps': inTurn(
      applied('one', { ...withContainers(container('a')), minReadySeconds: 5 }),
      applied('two', { ...withContainers(container('a')), minReadySeconds: 5 }),
      applied('one', withContainers(container('a'))),
      applied('two', withContainers(container('a'))),
    ),
    'a conflict of two fields': inTurn(
      applied('one', { ...withContainers(container('a')), minReadySeconds: 5, revisionHistoryLimit: 1 }),
      applied('two', { minReadySeconds: 6, revisionHistoryLimit: 2 }),
      applied('two', { minReadySeconds: 6, revisionHistoryLimit: 2 }, true),
      applied('one', { ...withContainers(container('a')), minReadySeconds: 5 }),
    ),
    'a conflict with an update': inTurn(make, applied('two', { replicas: 1 }), applied('two', { replicas: 0 })),
    'a conflict within a list': inTurn(
      applied('one', withContainers(container('a', { image: 'i' }))),
      applied('two', withContainers({ name: 'a', image: 'j' })),
    ),
    'a port is keyed by number and protocol': inTurn(
      applied('one', withContainers(container('a', { ports: [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP' }] }))),
      applied('one', withContainers(container('a', { ports: [{ containerPort: 53, protocol: 'UDP', name: 'dns' }] }))),
    ),
    'two equal ports': applied('one', withContainers(container('a', { ports: [{ containerPort: 53 }, { containerPort: 53 }] }))),
    'two equal variables': applied('one', withContainers(container('a', { env: [{ name: 'X' }, { name: 'X' }] }))),
    'two equal finalizers': (api) =>
      api.patch(
        'configmaps/a?fieldManager=one',
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', finalizers: ['e.com/f', 'e.com/f'] } },
        'apply',
      ),
    'an atomic map': inTurn(
      applied('one', withContainers(container('a'))),
      applied('two', { selector: { matchLabels: { app: 'd', more: 'x' } } }),
    ),
    'a wrong type of a number': applied('one', { ...base, replicas: 'many' }),
    'a wrong type of a list': applied('one', { ...base, template: { spec: { containers: 'none' } } }),
    'a wrong type of a map': applied('one', 'none' as unknown as object),
    'a wrong type of a text': applied('one', withContainers({ name: 5 })),
    'a wrong type of a boolean': applied('one', { ...base, paused: 'yes' }),
    'a list item without its key': applied('one', withContainers({ image: 'i' })),
    'null in what is applied': applied('one', { ...withContainers(container('a')), minReadySeconds: null }),
    'an empty list is applied': applied('one', withContainers()),
    'managedFields in what is applied': (api) =>
      api.patch(
        'configmaps/a?fieldManager=one',
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', managedFields: [{}] } },
        'apply',
      ),
    'a status by its own endpoint': inTurn(applied('one', withContainers(container('a'))), (api) =>
      api.patch(
        `${path}/status?fieldManager=two`,
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'd', labels: { x: 'y' } },
          spec: { replicas: 9 },
          status: { replicas: 3 },
        },
        'apply',
      ),
    ),
    'a dry apply': inTurn(
      (api) =>
        api.patch(
          `${path}?fieldManager=one&dryRun=All`,
          { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: withContainers(container('a')) },
          'apply',
        ),
      (api) => api.get(path),
    ),
    'apply with a resourceVersion': inTurn(applied('one', withContainers(container('a'))), (api) =>
      api.patch(
        `${path}?fieldManager=one`,
        { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', resourceVersion: '1' }, ...pod2({}) },
        'apply',
      ),
    ),
    'apply to a scale': inTurn(applied('one', withContainers(container('a'))), (api) =>
      api.patch(
        `${path}/scale?fieldManager=two&force=true`,
        { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'd' }, spec: { replicas: 0 } },
        'apply',
      ),
    ),
  },
};
