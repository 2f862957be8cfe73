import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { map } from './manifests.ts';

const set = (name: string, labels: object = { set: 'x' }) => map(name, { k: 'v' }, { labels });
const start = async (api: Api) =>
  (await api.quietly('GET', api.at('configmaps?labelSelector=set'))).body.metadata.resourceVersion as string;
const selected = 'configmaps?watch=true&labelSelector=set%3Dx';

/** Watches and watch lists. */
export const watches: Group = {
  name: 'watches',
  cases: {
    'added, modified, deleted': async (api) => {
      const version = await start(api);
      await api.watch(`${selected}&resourceVersion=${version}`, 3, async () => {
        await api.post('configmaps', set('a'));
        await api.patch('configmaps/a', { data: { k: '2' } });
        await api.send('DELETE', 'configmaps/a');
      });
    },
    'what happened before': async (api) => {
      const version = await start(api);
      await api.post('configmaps', set('a'));
      await api.patch('configmaps/a', { data: { k: '2' } });
      await api.watch(`${selected}&resourceVersion=${version}`, 2);
    },
    'without a version, what is there is added': async (api) => {
      await api.post('configmaps', set('a'));
      await api.watch(selected, 1);
    },
    'from the cache': async (api) => {
      await api.post('configmaps', set('a'));
      await api.watch(`${selected}&resourceVersion=0`, 1);
    },
    'an object that leaves the selection is deleted, one that enters is added': async (api) => {
      const version = await start(api);
      await api.watch(`${selected}&resourceVersion=${version}`, 3, async () => {
        await api.post('configmaps', set('a'));
        await api.patch('configmaps/a', { metadata: { labels: { set: 'y' } } });
        await api.patch('configmaps/a', { metadata: { labels: { set: 'x' } } });
      });
    },
    'one object by name': async (api) => {
      const version = await start(api);
      await api.watch(`configmaps?watch=1&fieldSelector=metadata.name%3Da&resourceVersion=${version}`, 1, async () => {
        await api.post('configmaps', set('b'));
        await api.post('configmaps', set('a'));
      });
    },
    'a watch list': async (api) => {
      await api.post('configmaps', set('a'));
      await api.post('configmaps', set('b'));
      await api.watch(`${selected}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`, 3);
    },
    'a watch list of nothing': (api) =>
      api.watch(
        'configmaps?watch=true&labelSelector=none&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
        1,
      ),
    'a watch list without bookmarks': async (api) => {
      await api.post('configmaps', set('a'));
      await api.watch(`${selected}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1`, 2);
    },
    'a watch list without a match': (api) => api.watch(`${selected}&sendInitialEvents=true&allowWatchBookmarks=true`, 1),
    'a watch list of a wrong match': (api) =>
      api.watch(`${selected}&sendInitialEvents=true&resourceVersionMatch=Exact&allowWatchBookmarks=true`, 1),
    'a match without initial events': (api) => api.watch(`${selected}&resourceVersionMatch=NotOlderThan&resourceVersion=1`, 1),
    'no initial events': async (api) => {
      await api.post('configmaps', set('a'));
      await api.watch(`${selected}&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&timeoutSeconds=1`, 1);
    },
    'a version in the future': (api) => api.watch(`${selected}&resourceVersion=99999999&timeoutSeconds=1`, 1),
    'a version that is no number': (api) => api.watch(`${selected}&resourceVersion=abc`, 1),
    'a timeout ends it': (api) => api.watch(`${selected}&resourceVersion=0&timeoutSeconds=1`, 9),
    'a selector that is none': (api) => api.watch('configmaps?watch=true&labelSelector=a%20b%20c', 1),
    'as a Table': async (api) => {
      const version = await start(api);
      await api.watch(
        `${selected}&resourceVersion=${version}`,
        2,
        async () => {
          await api.post('configmaps', set('a'));
          await api.patch('configmaps/a', { data: { l: '2' } });
        },
        'application/json;as=Table;v=v1;g=meta.k8s.io',
      );
    },
    'as partial metadata': async (api) => {
      const version = await start(api);
      await api.watch(
        `${selected}&resourceVersion=${version}`,
        1,
        () => api.post('configmaps', set('a')),
        'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
      );
    },
    'a watch list as partial metadata': async (api) => {
      await api.post('configmaps', set('a'));
      await api.watch(
        `${selected}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
        2,
        undefined,
        'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
      );
    },
    'the old path': async (api) => {
      await api.post('configmaps', set('a'));
      await api.watch(`/api/v1/watch/namespaces/${api.ns}/configmaps?labelSelector=set`, 1);
    },
    'a bad Accept': (api) => api.watch(selected, 1, undefined, 'text/html'),
    'finalizers show as modified, then deleted': async (api) => {
      const version = await start(api);
      await api.watch(`${selected}&resourceVersion=${version}`, 3, async () => {
        await api.post('configmaps', map('a', {}, { labels: { set: 'x' }, finalizers: ['e.com/f'] }));
        await api.send('DELETE', 'configmaps/a');
        await api.patch('configmaps/a', { metadata: { finalizers: null } });
      });
    },
    'a no-op is not told': async (api) => {
      const version = await start(api);
      await api.watch(`${selected}&resourceVersion=${version}`, 2, async () => {
        await api.post('configmaps', set('a'));
        await api.patch('configmaps/a', { data: { k: 'v' } });
        await api.send('DELETE', 'configmaps/a');
      });
    },
    'a watch list as a Table': async (api) => {
      await api.post('configmaps', set('a'));
      await api.watch(
        `${selected}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
        3,
        () => api.patch('configmaps/a', { data: { k: '2' } }),
        'application/json;as=Table;v=v1;g=meta.k8s.io',
      );
    },
    'a watch list from a version': async (api) => {
      const version = await start(api);
      await api.post('configmaps', set('a'));
      await api.watch(
        `${selected}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=${version}`,
        2,
      );
    },
    'a watch list from the cache': async (api) => {
      await api.post('configmaps', set('a'));
      await api.watch(`${selected}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=0`, 2);
    },
    'a watch list that goes on': async (api) => {
      await api.post('configmaps', set('a'));
      await api.watch(`${selected}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`, 4, async () => {
        await api.post('configmaps', set('b'));
        await api.send('DELETE', 'configmaps/a');
      });
    },
    'the old path of one object': async (api) => {
      await api.post('configmaps', set('a'));
      await api.post('configmaps', set('b'));
      await api.watch(`/api/v1/watch/namespaces/${api.ns}/configmaps/b`, 1);
    },
    'the old path of all namespaces': async (api) => {
      await api.post('configmaps', set('a'));
      await api.watch(`/api/v1/watch/configmaps?labelSelector=set%3Dx&fieldSelector=metadata.namespace%3D${api.ns}`, 1);
    },
    'the old path of a group': async (api) => {
      await api.post('networking.k8s.io/v1/networkpolicies', { metadata: { name: 'n' }, spec: { podSelector: {} } });
      await api.watch(`/apis/networking.k8s.io/v1/watch/namespaces/${api.ns}/networkpolicies`, 1);
    },
    'a POST to the old path': (api) => api.post(`/api/v1/watch/namespaces/${api.ns}/configmaps`, map('a')),
    'a dry run is not told': async (api) => {
      const version = await start(api);
      await api.watch(`${selected}&resourceVersion=${version}`, 1, async () => {
        await api.post('configmaps?dryRun=All', set('a'));
        await api.post('configmaps', set('b'));
      });
    },
    'a deletion of a selection': async (api) => {
      const version = await start(api);
      await api.watch(`${selected}&resourceVersion=${version}`, 4, async () => {
        await api.post('configmaps', set('a'));
        await api.post('configmaps', set('b'));
        await api.send('DELETE', 'configmaps?labelSelector=set%3Dx');
      });
    },
    'a continue token': (api) => api.watch(`${selected}&continue=abc`, 1),
    'a limit': async (api) => {
      await api.post('configmaps', set('a'));
      await api.watch(`${selected}&limit=1`, 1);
    },
    'one object that is not there': (api) => api.watch('configmaps?watch=1&fieldSelector=metadata.name%3Dnone&timeoutSeconds=1', 1),
    'a kind that cannot be watched': (api) => api.watch('/api/v1/componentstatuses?watch=1', 1),
    'an object by name and watch': async (api) => {
      await api.post('configmaps', set('a'));
      await api.get('configmaps/a?watch=true');
    },
  },
};
