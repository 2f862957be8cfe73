import type { Group } from '../group.ts';
import { deployment, map, pod } from './manifests.ts';

const odd = '{"metadata":{"name":"a","odd":1},"data":{"k":"v","k":"w"},"more":true}';

/** dryRun, fieldValidation, fieldManager. */
export const fields: Group = {
  name: 'fields',
  cases: {
    'a dry run creates nothing': async (api) => {
      await api.post('configmaps?dryRun=All', map('a'));
      await api.get('configmaps/a');
    },
    'a dry run of a generated name': (api) => api.post('configmaps?dryRun=All', { metadata: { generateName: 'gen-' } }),
    'a dry run of what exists': async (api) => {
      await api.post('configmaps', map('a'));
      await api.post('configmaps?dryRun=All', map('a'));
    },
    'a dry run of a PUT': async (api) => {
      await api.post('configmaps', map('a'));
      await api.put('configmaps/a?dryRun=All', map('a', { k: '2' }));
      await api.get('configmaps/a');
    },
    'a dry run of a patch': async (api) => {
      await api.post('configmaps', map('a'));
      await api.patch('configmaps/a?dryRun=All', { data: { k: '2' } });
      await api.get('configmaps/a');
    },
    'a dry run of a deletion': async (api) => {
      await api.post('configmaps', map('a'));
      await api.delete('configmaps/a?dryRun=All');
      await api.delete('configmaps/a', { dryRun: ['All'] });
      await api.get('configmaps/a');
    },
    'a dry run of a service': (api) => api.post('services?dryRun=All', { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }),
    'an unknown dryRun': (api) => api.post('configmaps?dryRun=Some', map('a')),
    'an unknown dryRun of a deletion': (api) => api.send('DELETE', 'configmaps/a?dryRun=Some'),
    'an unknown dryRun in the body of a deletion': (api) => api.delete('configmaps/a', { dryRun: ['Some'] }),
    'an unknown fieldValidation': (api) => api.post('configmaps?fieldValidation=Maybe', map('a')),
    'unknown fields are warned of': (api) => api.post('configmaps', odd),
    'unknown fields are ignored': (api) => api.post('configmaps?fieldValidation=Ignore', odd),
    'unknown fields are refused': (api) => api.post('configmaps?fieldValidation=Strict', odd),
    'unknown fields of a pod': (api) =>
      api.post(
        'pods?fieldValidation=Strict',
        pod('p', { nope: 1, containers: [{ name: 'c', image: 'i', imagePullpolicy: 'Always', ports: [{ containerport: 1 }] }] }),
      ),
    'unknown fields of a pod are warned of': (api) =>
      api.post('pods', pod('p', { nope: 1, containers: [{ name: 'c', image: 'i', env: [{ name: 'A', val: '1' }] }] })),
    'unknown fields of a PUT': async (api) => {
      await api.post('configmaps', map('a'));
      await api.put('configmaps/a?fieldValidation=Strict', { ...map('a'), odd: 1 });
      await api.put('configmaps/a', { ...map('a'), odd: 1 });
    },
    'unknown fields of a merge patch': async (api) => {
      await api.post('configmaps', map('a'));
      await api.patch('configmaps/a?fieldValidation=Strict', { odd: 1, data: { k: '2' } });
      await api.patch('configmaps/a', { odd: 1, data: { k: '2' } });
    },
    'unknown fields of a JSON patch': async (api) => {
      await api.post('configmaps', map('a'));
      await api.patch('configmaps/a?fieldValidation=Strict', [{ op: 'add', path: '/odd', value: 1, extra: 2 }], 'json');
    },
    'unknown fields of a strategic merge': async (api) => {
      await api.post('pods', pod('p', { schedulingGates: [{ name: 'e.com/g' }] }));
      await api.patch('pods/p?fieldValidation=Strict', { spec: { odd: 1 } }, 'strategic');
      await api.patch('pods/p', { spec: { odd: 1 } }, 'strategic');
    },
    'a repeated key': (api) => api.post('configmaps?fieldValidation=Strict', '{"metadata":{"name":"a","name":"b"}}'),
    'many unknown fields': (api) =>
      api.post('configmaps', { ...map('a'), ...Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`odd${i}`, i])) }),
    'fields in another case': (api) => api.post('configmaps', { Metadata: { name: 'a' }, metadata: { name: 'b' }, DATA: { k: 'v' } }),
    'a field manager by name': (api) => api.post('configmaps?fieldManager=me', map('a')),
    'a field manager that is too long': (api) => api.post(`configmaps?fieldManager=${'m'.repeat(129)}`, map('a')),
    'a field manager of other characters': (api) => api.post('configmaps?fieldManager=a%00b', map('a')),
    'managers of a deployment': async (api) => {
      await api.post('apps/v1/deployments?fieldManager=one', deployment('d', { paused: true }));
      await api.settled('apps/v1/deployments/d');
      await api.patch('apps/v1/deployments/d?fieldManager=two', { spec: { minReadySeconds: 1 } });
      await api.settled('apps/v1/deployments/d');
      await api.get('apps/v1/deployments/d');
    },
    'the same manager twice': async (api) => {
      await api.post('configmaps?fieldManager=me', map('a'));
      await api.patch('configmaps/a?fieldManager=me', { data: { l: '2' } });
      await api.patch('configmaps/a?fieldManager=me', { data: { k: null } });
    },
    'an unknown parameter': (api) => api.post('configmaps?nonsense=1', map('a')),
    'a wrong type of a field': (api) => api.post('pods', pod('p', { containers: 'none' })),
    'a number where a text is due': (api) => api.post('pods', pod('p', { containers: [{ name: 5, image: 'x' }] })),
    'a text where a number is due': (api) => api.post('pods', pod('p', { terminationGracePeriodSeconds: '30' })),
    'a fraction where a whole number is due': (api) => api.post('pods', pod('p', { terminationGracePeriodSeconds: 1.5 })),
    'a text where a boolean is due': (api) => api.post('pods', pod('p', { hostNetwork: 'true' })),
    'a quantity that is none': (api) =>
      api.post('pods', pod('p', { containers: [{ name: 'c', image: 'x', resources: { limits: { cpu: 'lots' } } }] })),
    'a time that is none': (api) => api.post('configmaps', map('a', {}, { creationTimestamp: 'yesterday' })),
    'a number that is too large': (api) =>
      api.post('pods', '{"metadata":{"name":"p"},"spec":{"priority":99999999999,"containers":[{"name":"c","image":"i"}]}}'),
    'metadata that is a text': (api) => api.post('configmaps', { metadata: 'x' }),
    'labels that are a list': (api) => api.post('configmaps', { metadata: { name: 'a', labels: ['x'] } }),
  },
};
