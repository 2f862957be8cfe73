/** Random sequences of writes, sent to the simulated and to the real API server, must be answered alike. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from './api.ts';
import { crd, deployment } from './cases/manifests.ts';
import type { Group } from './group.ts';
import { differences } from './normalize.ts';
import { Stage } from './run.ts';
import { real, simulated, type Server } from './servers.ts';

const target = real();

type Verb = 'create' | 'put' | 'merge' | 'json' | 'apply' | 'delete' | 'get';

interface Write {
  verb: Verb;
  name: string;
  /** What the object is to say. */
  content: Record<string, string>;
  labels: Record<string, string>;
  finalizers: string[];
  manager: string;
  force: boolean;
}

const texts = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', ''), { maxKeys: 3 });
const write: fc.Arbitrary<Write> = fc.record({
  verb: fc.constantFrom<Verb>('create', 'put', 'merge', 'json', 'apply', 'delete', 'get'),
  name: fc.constantFrom('x', 'y'),
  content: texts,
  labels: texts,
  finalizers: fc.subarray(['e.com/f', 'e.com/g']),
  manager: fc.constantFrom('one', 'two'),
  force: fc.boolean(),
});

/** A kind to write: where its objects are, and how one looks that says `content`. */
interface Kind {
  collection: (api: Api) => string;
  head: (api: Api) => { apiVersion: string; kind: string };
  /** Without what a deployment must have, for patches. */
  said: (content: Record<string, string>) => object;
  whole: (name: string, content: Record<string, string>) => object;
  /** Where a JSON patch finds the content. */
  place: string;
}

const kinds: Record<string, Kind> = {
  'config maps': {
    collection: (api) => api.at('configmaps'),
    head: () => ({ apiVersion: 'v1', kind: 'ConfigMap' }),
    said: (data) => ({ data }),
    whole: (_name, data) => ({ data }),
    place: '/data',
  },
  deployments: {
    collection: (api) => api.at('apps/v1/deployments'),
    head: () => ({ apiVersion: 'apps/v1', kind: 'Deployment' }),
    said: (content) => ({ spec: { template: { metadata: { annotations: content } } } }),
    whole: (name, content) => ({
      spec: {
        ...deployment(name).spec,
        paused: true,
        template: { ...deployment(name).spec.template, metadata: { labels: { app: name }, annotations: content } },
      },
    }),
    place: '/spec/template/metadata/annotations',
  },
  'custom resources': {
    collection: (api) => `/apis/${api.ns}.example.com/v1/namespaces/${api.ns}/things`,
    head: (api) => ({ apiVersion: `${api.ns}.example.com/v1`, kind: 'Thing' }),
    said: (spec) => ({ spec }),
    whole: (_name, spec) => ({ spec }),
    place: '/spec',
  },
};

async function perform(api: Api, kind: Kind, { verb, name, content, labels, finalizers, manager, force }: Write): Promise<unknown> {
  const collection = kind.collection(api);
  const path = `${collection}/${name}`;
  const metadata = { name, labels, ...(finalizers.length > 0 && { finalizers }) };
  const object = { ...kind.head(api), metadata, ...kind.whole(name, content) };
  const as = `fieldManager=${manager}`;
  switch (verb) {
    case 'create':
      return api.post(`${collection}?${as}`, object);
    case 'put': {
      const { body } = await api.quietly('GET', path);
      const { resourceVersion } = body.metadata;
      return api.put(`${path}?${as}`, { ...object, metadata: { ...metadata, ...(resourceVersion && { resourceVersion }) } });
    }
    case 'merge':
      return api.patch(`${path}?${as}`, { metadata: { labels }, ...kind.said(content) });
    case 'json':
      return api.patch(`${path}?${as}`, [{ op: 'add', path: kind.place, value: content }], 'json');
    case 'apply':
      return api.patch(`${path}?${as}&force=${force}`, object, 'apply');
    case 'delete':
      return api.send('DELETE', path);
    case 'get':
      return api.get(path);
  }
}

const group: Group = {
  name: 'sequences',
  async setup(api) {
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await api.quietly('POST', crds, { body: crd(api.ns, 'things', 'Thing') });
    await api.settled(`/apis/${api.ns}.example.com/v1/namespaces/${api.ns}/things`, (o) => o?.kind === 'ThingList');
  },
  cases: {},
};

describe.skipIf(target === undefined)('sequences of writes (skipped without KINDLAB_REAL_KUBECONFIG)', () => {
  let server: Server;
  let stages: Stage[];
  beforeAll(async () => {
    server = await simulated();
    stages = [new Stage(target!), new Stage(server.target)];
    await Promise.all(stages.map((stage) => stage.prepare(group)));
  }, 60_000);
  afterAll(async () => {
    await Promise.all(stages.map((stage) => stage.dispose()));
    await server[Symbol.asyncDispose]();
  }, 60_000);

  it.each(Object.entries(kinds))(
    'of %s are answered alike',
    async (name, kind) => {
      const runs = Number(process.env['KINDLAB_SEQUENCES'] ?? 25);
      // Controllers write in between: only what does not depend on their pace is compared.
      const length = name === 'deployments' ? 2 : 10;
      await fc.assert(
        fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: length }), async (writes) => {
          const run = async (api: Api) => {
            for (const one of writes) {
              await perform(api, kind, one);
              if (name === 'deployments') await quiet(api, `${kind.collection(api)}/${one.name}`);
            }
          };
          const [expected, actual] = await Promise.all(stages.map((stage) => stage.perform(run)));
          expect(differences(expected, actual)).toEqual([]);
        }),
        { numRuns: runs, endOnFailure: false },
      );
    },
    600_000,
  );
});

/** Waits for the controller, where there is an object to wait for. */
async function quiet(api: Api, path: string): Promise<void> {
  const { status } = await api.quietly('GET', path);
  if (status === 200) await api.settled(path);
}
