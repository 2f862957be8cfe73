import type { Group } from '../group.ts';
import { map, pod } from './manifests.ts';

/** Requests that ask for nothing that there is, or in no way that there is. */
export const errors: Group = {
  name: 'errors',
  cases: {
    'a resource that is none': (api) => api.get('/api/v1/nonsense'),
    'a resource in a namespace that is none': (api) => api.get('nonsense'),
    'an object of a resource that is none': (api) => api.get('nonsense/a'),
    'a resource of a group that is none': (api) => api.get('/apis/none.example.com/v1/things'),
    'a cluster resource in a namespace': (api) => api.get('nodes'),
    'an object without its namespace': (api) => api.get('/api/v1/configmaps/a'),
    'a DELETE of all in all namespaces': (api) => api.send('DELETE', '/api/v1/configmaps?labelSelector=none'),
    'a PUT of a collection': (api) => api.put('configmaps', map('a')),
    'a PATCH of a collection': (api) => api.patch('configmaps', {}),
    'a POST to an object': (api) => api.post('configmaps/a', map('a')),
    'an unknown method': (api) => api.send('PROPFIND', 'configmaps'),
    OPTIONS: (api) => api.send('OPTIONS', 'configmaps'),
    'a body that is no JSON': (api) => api.post('configmaps', '{"metadata":'),
    'a body that ends early': (api) => api.post('configmaps', '{"metadata":{"name":"a"}'),
    'a body with more after it': (api) => api.post('configmaps', '{"metadata":{"name":"a"}} more'),
    'an empty body': (api) => api.post('configmaps', ''),
    'a body that is a list': (api) => api.post('configmaps', '[]'),
    'a body that is null': (api) => api.post('configmaps', 'null'),
    'a body that is a text': (api) => api.post('configmaps', '"x"'),
    'a body that is a number': (api) => api.post('configmaps', '5'),
    'a body of an unknown type': (api) => api.post('configmaps', '<a/>', { type: 'text/xml' }),
    'a body of a type with a character set': (api) => api.post('configmaps', map('a'), { type: 'application/json; charset=utf-8' }),
    'a body of a type that is none': (api) => api.post('configmaps', map('a'), { type: 'nonsense' }),
    'protobuf without its magic': (api) => api.post('configmaps', 'nonsense', { type: 'application/vnd.kubernetes.protobuf' }),
    'protobuf cut off': (api) => api.post('configmaps', 'k8s\u0000\u000a', { type: 'application/vnd.kubernetes.protobuf' }),
    'YAML that is none': (api) => api.post('configmaps', 'a: b: c', { type: 'application/yaml' }),
    'YAML of two documents': (api) =>
      api.post('configmaps', 'metadata: {name: a}\n---\nmetadata: {name: b}\n', { type: 'application/yaml' }),
    'a body that is too large': (api) => api.post('configmaps', map('a', { k: 'x'.repeat(3_200_000) })),
    'a bad Accept': (api) => api.post('configmaps', map('a'), { accept: 'text/html' }),
    'no credentials that hold': (api) => api.send('GET', 'configmaps', { headers: { authorization: 'Bearer nonsense' } }),
    'an empty token': (api) => api.send('GET', 'configmaps/missing', { headers: { authorization: 'Bearer ' } }),
    'an encoded name': (api) => api.get('configmaps/a%2Fb'),
    'a name with a dot': (api) => api.get('configmaps/..%2Fx'),
    'an upper case name': (api) => api.get('configmaps/ABC'),
    'a double slash': (api) => api.get(`/api/v1//namespaces/${api.ns}/configmaps`),
    'a slash at the end': (api) => api.get(`/api/v1/namespaces/${api.ns}/configmaps/`),
    'a namespace that is empty': (api) => api.get('/api/v1/namespaces//configmaps?labelSelector=none'),
    'a prototype key': (api) =>
      api.post(
        'configmaps',
        '{"metadata":{"name":"a","labels":{"constructor":"x"}},"data":{"__proto__":"p","constructor":"c"},"__proto__":{"x":1}}',
      ),
    'a prototype key by merge patch': async (api) => {
      await api.post('configmaps', map('a'));
      await api.patch('configmaps/a', '{"data":{"__proto__":"p"},"__proto__":{"kind":"Secret"}}');
      await api.get('configmaps/a');
    },
    'a prototype key by JSON patch': async (api) => {
      await api.post('configmaps', map('a'));
      await api.patch('configmaps/a', [{ op: 'add', path: '/__proto__/polluted', value: 'x' }], 'json');
      await api.patch('configmaps/a', [{ op: 'add', path: '/data/__proto__', value: 'x' }], 'json');
      await api.patch('configmaps/a', [{ op: 'add', path: '/constructor/prototype/polluted', value: 'x' }], 'json');
    },
    'unicode in data': (api) => api.post('configmaps', map('a', { k: 'ünïcødé 日本 \u{1f600} \u2028' })),
    'HTML in data': (api) => api.post('configmaps', map('a', { k: '<a href="x">&</a>' })),
    'a number with an exponent': (api) =>
      api.post(
        'pods',
        '{"metadata":{"name":"p"},"spec":{"schedulingGates":[{"name":"g"}],"terminationGracePeriodSeconds":3e1,"containers":[{"name":"c","image":"i"}]}}',
      ),
    'numbers beyond a double': (api) =>
      api.post(
        'pods',
        '{"metadata":{"name":"p"},"spec":{"schedulingGates":[{"name":"g"}],"terminationGracePeriodSeconds":9007199254740993,"containers":[{"name":"c","image":"i"}]}}',
      ),
    'the log of a bad container': async (api) => {
      await api.post('pods', pod('p', { schedulingGates: [{ name: 'g' }] }));
      await api.get('pods/p/log?container=none');
    },
    'a portforward without an upgrade': async (api) => {
      await api.post('pods', pod('p', { schedulingGates: [{ name: 'g' }] }));
      await api.post('pods/p/portforward');
    },
    'a proxy to a service without endpoints': async (api) => {
      await api.post('services', { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } });
      await api.get('services/s/proxy/');
    },
    'impersonation without a right': (api) => api.send('GET', 'configmaps', { headers: { 'impersonate-group': 'x' } }),
    'a limit of the wrong kind in a DELETE': (api) => api.send('DELETE', 'configmaps?labelSelector=none&limit=x'),
  },
};
