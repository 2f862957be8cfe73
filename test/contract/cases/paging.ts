import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { map } from './manifests.ts';

const all = 'configmaps?labelSelector=page';
const make = (api: Api, name: string) => api.quietly('POST', api.at('configmaps'), { body: map(name, {}, { labels: { page: 'x' } }) });
const next = (answer: Awaited<ReturnType<Api['get']>>) => encodeURIComponent(answer.body.metadata.continue as string);
const versionOf = async (api: Api) => (await api.quietly('GET', api.at(all))).body.metadata.resourceVersion as string;
const matches = ['', 'Exact', 'NotOlderThan', 'Nonsense'];
const versions = ['', '0', '1', 'now', 'nonsense'];

/** Every way to say which version of a list is wanted. */
const combinations = Object.fromEntries(
  versions.flatMap((version) =>
    matches.flatMap((match) =>
      [0, 2].map((limit) => [
        `version ${version || 'none'}, match ${match || 'none'}, limit ${limit || 'none'}`,
        async (api: Api) => {
          const wanted = version === 'now' ? await versionOf(api) : version;
          await api.get(`${all}&resourceVersion=${wanted}&resourceVersionMatch=${match}${limit ? `&limit=${limit}` : ''}`);
        },
      ]),
    ),
  ),
);

/** Pages and versions of lists, while objects come and go. */
export const paging: Group = {
  name: 'paging',
  async setup(api) {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await make(api, name);
  },
  cases: {
    // No server keeps its first revision for long, and which it has compacted is its own affair.
    ...Object.fromEntries(Object.entries(combinations).filter(([name]) => !/^version 1, match (none|Exact)/.test(name))),
    'a deletion between two pages': async (api) => {
      await api.post('configmaps', map('b2', {}, { labels: { page: 'x' } }));
      const first = await api.get(`${all}&limit=2`);
      await api.send('DELETE', 'configmaps/b2');
      await api.get(`${all}&limit=2&continue=${next(first)}`);
    },
    'a change between two pages': async (api) => {
      await api.post('configmaps', map('d2', {}, { labels: { page: 'x' } }));
      const first = await api.get(`${all}&limit=4`);
      await api.patch('configmaps/d2', { data: { k: 'changed' } });
      await api.get(`${all}&limit=4&continue=${next(first)}`);
    },
    'pages of one': async (api) => {
      let answer = await api.get(`${all}&limit=1`);
      while (answer.body.metadata.continue) answer = await api.get(`${all}&limit=1&continue=${next(answer)}`);
    },
    'a page of exactly all': (api) => api.get(`${all}&limit=5`),
    'the last page without a limit': async (api) => {
      const first = await api.get(`${all}&limit=3`);
      await api.get(`${all}&continue=${next(first)}`);
    },
    'a page by a field': (api) => api.get('configmaps?fieldSelector=metadata.name%3Da&limit=1'),
    'a page of a Table': async (api) => {
      const first = await api.send('GET', `${all}&limit=2`, { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' });
      await api.send('GET', `${all}&limit=2&continue=${next(first)}`, { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' });
    },
    'a page of partial metadata': (api) => api.get(`${all}&limit=2`, 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'),
    'a continue token with version 0': async (api) => {
      const first = await api.get(`${all}&limit=2`);
      await api.get(`${all}&limit=2&resourceVersion=0&continue=${next(first)}`);
    },
    'a continue token of no key': (api) => api.get(`${all}&continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":5}').toString('base64url')}`),
    'a continue token that is no base64': (api) => api.get(`${all}&continue=a.b`),
    'a continue token of an odd length': (api) => api.get(`${all}&continue=abcde`),
    'a continue token that is a list': (api) => api.get(`${all}&continue=${Buffer.from('[]').toString('base64url')}`),
    'a continue token of another version': (api) =>
      api.get(`${all}&continue=${Buffer.from('{"v":"v9","rv":5,"start":"x"}').toString('base64url')}`),
    'a limit that is too large': (api) => api.get(`${all}&limit=99999999999999999999`),
    'a limit of zero': (api) => api.get(`${all}&limit=0`),
    'a limit that is empty': (api) => api.get(`${all}&limit=`),
    'a flag that is none': (api) => api.watch(`${all}&watch=maybe&timeoutSeconds=1`, 1),
    'a flag that is empty': (api) => api.watch(`${all}&watch=&timeoutSeconds=1`, 1),
    'a deletion of a page': async (api) => {
      for (const name of ['x1', 'x2', 'x3']) await api.post('configmaps', map(name, {}, { labels: { gone: 'x' } }));
      await api.send('DELETE', 'configmaps?labelSelector=gone&limit=2');
      await api.get('configmaps?labelSelector=gone');
    },
    'a deletion of a selection by field': async (api) => {
      for (const name of ['x1', 'x2']) await api.post('configmaps', map(name));
      await api.send('DELETE', 'configmaps?fieldSelector=metadata.name%3Dx1');
      await api.get('configmaps/x1');
      await api.get('configmaps/x2');
    },
    'a dry deletion of a selection': async (api) => {
      await api.post('configmaps', map('x1', {}, { labels: { gone: 'x' } }));
      await api.send('DELETE', 'configmaps?labelSelector=gone&dryRun=All');
      await api.get('configmaps/x1');
    },
    'a deletion of nothing': (api) => api.send('DELETE', 'configmaps?labelSelector=none'),
    'a deletion of a selection with finalizers': async (api) => {
      await api.post('configmaps', map('x1', {}, { labels: { gone: 'x' }, finalizers: ['e.com/f'] }));
      await api.send('DELETE', 'configmaps?labelSelector=gone');
      await api.get('configmaps/x1');
    },
  },
};
