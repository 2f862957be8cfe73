import type { Group } from '../group.ts';
import { map } from './manifests.ts';

const all = 'configmaps?labelSelector=set';

/** Collections: selectors, pages and versions. */
export const lists: Group = {
  name: 'lists',
  async setup(api) {
    for (const [i, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
      await api.quietly('POST', api.at('configmaps'), {
        body: map(name, {}, { labels: { set: i % 2 ? 'odd' : 'even', [`is-${name}`]: '' } }),
      });
    }
  },
  cases: {
    'all of a label': (api) => api.get(all),
    equality: (api) => api.get('configmaps?labelSelector=set%3Dodd'),
    'double equality': (api) => api.get('configmaps?labelSelector=set%3D%3Dodd'),
    inequality: (api) => api.get('configmaps?labelSelector=set%2Cset!%3Dodd'),
    'in a set': (api) => api.get('configmaps?labelSelector=set+in+(odd,even)'),
    'not in a set': (api) => api.get('configmaps?labelSelector=set%2Cset+notin+(odd)'),
    absence: (api) => api.get('configmaps?labelSelector=set%2C!is-a'),
    greater: (api) => api.get('configmaps?labelSelector=set%3E5'),
    'greater than a text': (api) => api.get('configmaps?labelSelector=set%3Ex'),
    'a selector that is none': (api) => api.get('configmaps?labelSelector=a%20b%20c'),
    'a selector with a bad key': (api) => api.get('configmaps?labelSelector=-a%3Db'),
    'a selector with a bad value': (api) => api.get('configmaps?labelSelector=a%3D%24'),
    'an open set': (api) => api.get('configmaps?labelSelector=a+in+(b'),
    'by name': (api) => api.get('configmaps?fieldSelector=metadata.name%3Da'),
    'by another name': (api) => api.get(`${all}&fieldSelector=metadata.name!%3Da`),
    'by namespace': (api) => api.get(`/api/v1/configmaps?labelSelector=set%3Dodd&fieldSelector=metadata.namespace%3D${api.ns}`),
    'by a field that is none': (api) => api.get('configmaps?fieldSelector=data.k%3Dv'),
    'by a field selector that is none': (api) => api.get('configmaps?fieldSelector=metadata.name'),
    'pods by their fields': (api) => api.get('pods?fieldSelector=status.phase%3DRunning%2Cspec.nodeName%3Dx'),
    'pods by a field that is none': (api) => api.get('pods?fieldSelector=spec.nope%3Dx'),
    'deployments by a field': (api) => api.get('apps/v1/deployments?fieldSelector=spec.replicas%3D1'),
    'secrets by type': (api) => api.get('secrets?fieldSelector=type%3DOpaque'),
    'events by fields': (api) => api.get('events?fieldSelector=involvedObject.kind%3DPod%2CinvolvedObject.name%3Dx%2Ctype%3DNormal'),
    pages: async (api) => {
      const first = await api.get(`${all}&limit=2`);
      const second = await api.get(`${all}&limit=2&continue=${first.body.metadata.continue}`);
      await api.get(`${all}&limit=2&continue=${second.body.metadata.continue}`);
    },
    'pages tell what remains': async (api) => {
      const first = await api.get('configmaps?limit=2');
      await api.get(`configmaps?limit=1&continue=${first.body.metadata.continue}`);
    },
    "a page is of the first page's time": async (api) => {
      const first = await api.get(`${all}&limit=4`);
      await api.post('configmaps', map('f', {}, { labels: { set: 'new' } }));
      await api.get(`${all}&continue=${first.body.metadata.continue}`);
    },
    'a continue token that is none': (api) => api.get(`${all}&limit=2&continue=nonsense`),
    'a continue token of another shape': (api) => api.get(`${all}&limit=2&continue=eyJhIjoxfQ`),
    'continue and resourceVersion': async (api) => {
      const first = await api.get(`${all}&limit=2`);
      await api.get(`${all}&limit=2&resourceVersion=${first.body.metadata.resourceVersion}&continue=${first.body.metadata.continue}`);
    },
    'continue and resourceVersionMatch': async (api) => {
      const first = await api.get(`${all}&limit=2`);
      await api.get(`${all}&limit=2&resourceVersion=1&resourceVersionMatch=Exact&continue=${first.body.metadata.continue}`);
    },
    'a limit that is none': (api) => api.get(`${all}&limit=two`),
    'a negative limit': (api) => api.get(`${all}&limit=-1`),
    'from the cache': (api) => api.get(`${all}&resourceVersion=0`),
    'from the cache with a limit': (api) => api.get(`${all}&resourceVersion=0&limit=2`),
    'not older than': async (api) => {
      const { body } = await api.get('configmaps/a');
      await api.get(`${all}&resourceVersion=${body.metadata.resourceVersion}&resourceVersionMatch=NotOlderThan`);
    },
    'exactly at': async (api) => {
      const { body } = await api.get(all);
      await api.post('configmaps', map('f', {}, { labels: { set: 'new' } }));
      await api.get(`${all}&resourceVersion=${body.metadata.resourceVersion}&resourceVersionMatch=Exact`);
    },
    'a limit at an old version': async (api) => {
      const { body } = await api.get(all);
      await api.post('configmaps', map('f', {}, { labels: { set: 'new' } }));
      await api.get(`${all}&resourceVersion=${body.metadata.resourceVersion}&limit=5`);
    },
    'a match without a version': (api) => api.get(`${all}&resourceVersionMatch=Exact`),
    'a match that is none': (api) => api.get(`${all}&resourceVersion=1&resourceVersionMatch=Roughly`),
    'exactly at zero': (api) => api.get(`${all}&resourceVersion=0&resourceVersionMatch=Exact`),
    'a version in the future': (api) => api.get(`${all}&resourceVersion=99999999`),
    'exactly at a version in the future': (api) => api.get(`${all}&resourceVersion=99999999&resourceVersionMatch=Exact`),
    'a version that is no number': (api) => api.get(`${all}&resourceVersion=abc`),
    'an object at a version in the future': (api) => api.get('configmaps/a?resourceVersion=99999999'),
    'an object at a version that is no number': (api) => api.get('configmaps/a?resourceVersion=abc'),
    'an object from the cache': (api) => api.get('configmaps/a?resourceVersion=0'),
    'initial events without a watch': (api) => api.get(`${all}&sendInitialEvents=true`),
    'a timeout of a list': (api) => api.get(`${all}&timeoutSeconds=5`),
    'a timeout that is none': (api) => api.get(`${all}&timeoutSeconds=soon`),
    'an empty list': (api) => api.get('configmaps?labelSelector=none'),
    'an empty list of deployments': (api) => api.get('apps/v1/deployments'),
    'a list as YAML': (api) => api.get('configmaps?labelSelector=none', 'application/yaml'),
    'HEAD of an object': (api) => api.send('HEAD', 'configmaps/a'),
    'a parameter twice': (api) => api.get('configmaps?labelSelector=set%3Dodd&labelSelector=set%3Deven'),
    pretty: (api) => api.get('configmaps/a?pretty=true'),
  },
};
