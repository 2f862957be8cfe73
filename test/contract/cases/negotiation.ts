import type { Group } from '../group.ts';
import { deployment, map } from './manifests.ts';

const protobuf = 'application/vnd.kubernetes.protobuf';
const partial = (type: string, as = 'PartialObjectMetadata') => `${type};as=${as};g=meta.k8s.io;v=v1`;
const table = 'application/json;as=Table;g=meta.k8s.io;v=v1';

/** What a client accepts, and what it sends. */
export const negotiation: Group = {
  name: 'negotiation',
  async setup(api) {
    await api.quietly('POST', api.at('configmaps'), { body: map('known', { a: 'yes', b: '1', c: 'two\nlines\n', d: 'x: y', e: '' }) });
  },
  cases: {
    'the first of two': (api) => api.get('configmaps/known', 'application/yaml, application/json'),
    'the second, where the first is none': (api) => api.get('configmaps/known', 'text/html, application/json'),
    'by quality': (api) => api.get('configmaps/known', 'application/yaml;q=0.5, application/json;q=0.9'),
    'a type with a character set': (api) => api.get('configmaps/known', 'application/json;charset=utf-8'),
    'everything last': (api) => api.get('configmaps/known', 'text/html, */*;q=0.1'),
    'nothing but pictures': (api) => api.get('configmaps/known', 'image/png'),
    'all of text': (api) => api.get('configmaps/known', 'text/*'),
    'an object as YAML': (api) => api.get('configmaps/known', 'application/yaml'),
    'a failure as YAML': (api) => api.get('configmaps/none', 'application/yaml'),
    'a failure as text': (api) => api.get('configmaps/none', 'text/plain'),
    'a failure where a Table is asked for': (api) => api.get('configmaps/none', table),
    'a failure of a Table alone': (api) => api.get('configmaps/none', `${table},application/json`),
    'a Table of another version': (api) => api.get('configmaps/known', 'application/json;as=Table;g=meta.k8s.io;v=v2'),
    'a Table of the beta version': (api) => api.get('configmaps/known', 'application/json;as=Table;g=meta.k8s.io;v=v1beta1'),
    'a Table of another group': (api) => api.get('configmaps/known', 'application/json;as=Table;g=example.com;v=v1'),
    'a Table without group and version': (api) => api.get('configmaps/known', 'application/json;as=Table'),
    'a Table as YAML': (api) => api.get('limitranges', 'application/yaml;as=Table;g=meta.k8s.io;v=v1'),
    'a Table as protobuf': (api) => api.get('configmaps/known', `${protobuf};as=Table;g=meta.k8s.io;v=v1`),
    'a Table as protobuf or JSON': (api) => api.get('configmaps/known', `${protobuf};as=Table;g=meta.k8s.io;v=v1,application/json`),
    'another form': (api) => api.get('configmaps/known', 'application/json;as=Nonsense;g=meta.k8s.io;v=v1'),
    'partial metadata as YAML': (api) => api.get('configmaps/known', partial('application/yaml')),
    'partial metadata of a list': (api) => api.get('configmaps?labelSelector=none', partial('application/json')),
    'a list of partial metadata of a list': (api) =>
      api.get('configmaps?fieldSelector=metadata.name%3Dknown', partial('application/json', 'PartialObjectMetadataList')),
    'a list of partial metadata of an object': (api) =>
      api.get('configmaps/known', partial('application/json', 'PartialObjectMetadataList')),
    'partial metadata of a write': (api) =>
      api.patch('configmaps/known', { metadata: { labels: { seen: 'yes' } } }, 'merge', { accept: partial('application/json') }),
    'a Table of a write': (api) => api.post('configmaps', map('a'), { accept: table }),
    'a Table of an update': (api) => api.patch('configmaps/known', { data: { z: '1' } }, 'merge', { accept: table }),
    'a Table with whole objects': (api) => api.get('configmaps?includeObject=Object&fieldSelector=metadata.name%3Dknown', table),
    'a Table without objects': (api) => api.get('configmaps?includeObject=None&fieldSelector=metadata.name%3Dknown', table),
    'a deletion as a Table': async (api) => {
      await api.post('configmaps', map('a'));
      await api.send('DELETE', 'configmaps/a', { accept: table });
    },
    'a deletion as YAML': async (api) => {
      await api.post('configmaps', map('a'));
      await api.send('DELETE', 'configmaps/a', { accept: 'application/yaml' });
    },
    'discovery as YAML': (api) => api.get('/apis/node.k8s.io/v1', 'application/yaml'),
    'discovery as a Table': (api) => api.get('/apis/node.k8s.io/v1', table),
    'discovery as pictures': (api) => api.get('/apis/node.k8s.io', 'image/png'),
    'a watch as YAML': (api) => api.get('configmaps?watch=true&timeoutSeconds=1', 'application/yaml'),
    'a YAML body': (api) => api.post('configmaps', 'metadata:\n  name: a\ndata: {k: v, n: "1"}\n', { type: 'application/yaml' }),
    'a YAML body with a repeated key': (api) =>
      api.post('configmaps', 'metadata:\n  name: a\ndata:\n  k: v\n  k: w\n', { type: 'application/yaml' }),
    'a YAML body with an anchor': (api) =>
      api.post('configmaps', 'metadata: {name: a}\ndata: {k: &x v, l: *x}\n', { type: 'application/yaml' }),
    'a YAML body with a number for a text': (api) =>
      api.post('configmaps', 'metadata: {name: a}\ndata: {k: 5}\n', { type: 'application/yaml' }),
    'a YAML body with yes for a text': (api) =>
      api.post('configmaps', 'metadata: {name: a}\ndata: {k: yes}\n', { type: 'application/yaml' }),
    'a YAML body of another indentation': (api) =>
      api.post('configmaps', 'metadata:\n  name: a\n data: {}\n', { type: 'application/yaml' }),
    'a YAML body with a tab': (api) => api.post('configmaps', 'metadata:\n\tname: a\n', { type: 'application/yaml' }),
    'a YAML body that is a list': (api) => api.post('configmaps', '- a\n- b\n', { type: 'application/yaml' }),
    'a YAML body that is a text': (api) => api.post('configmaps', 'text', { type: 'application/yaml' }),
    'an empty YAML body': (api) => api.post('configmaps', '', { type: 'application/yaml' }),
    'a JSON body that says to be YAML': (api) => api.post('configmaps', map('a'), { type: 'application/yaml' }),
    'a YAML body that says to be JSON': (api) => api.post('configmaps', 'metadata: {name: a}', { type: 'application/json' }),
    'a PUT of a type that is none': (api) => api.put('configmaps/known', map('known'), { type: 'text/plain' }),
    'a DELETE with a body of a type that is none': (api) => api.send('DELETE', 'configmaps/known', { body: '<a/>', type: 'text/xml' }),
    'a patch of a type that is none': (api) => api.send('PATCH', 'configmaps/known', { body: {}, type: 'text/plain' }),
    'a patch of plain JSON': (api) => api.send('PATCH', 'configmaps/known', { body: {}, type: 'application/json' }),
    'a patch without a type': (api) => api.send('PATCH', 'configmaps/known', { body: {}, type: '' }),
    'a strategic merge of what does not merge so': (api) =>
      api.patch('apps/v1/deployments/none', {}, 'strategic', { accept: 'application/yaml' }),
    'two warnings': (api) => api.post('configmaps', { ...map('a'), one: 1, two: 2 }),
    'a warning of a deprecated kind': (api) =>
      api.post('endpoints', { metadata: { name: 'e' }, subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 80 }] }] }),
    'a warning with quotes': (api) => api.post('configmaps', { ...map('a'), 'o"d\\d': 1 }),
    'a deployment as YAML': (api) =>
      api.post('apps/v1/deployments?dryRun=All', deployment('d', { paused: true }), { accept: 'application/yaml' }),
    pretty: (api) => api.get('configmaps/known?pretty=1'),
    'a version as YAML': (api) => api.get('/healthz', 'application/yaml'),
  },
};
