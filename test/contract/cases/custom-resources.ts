import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { crd } from './manifests.ts';

const widgetSchema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      'x-kubernetes-validations': [
        { rule: '!has(self.max) || self.size <= self.max', message: 'size must not exceed max' },
        { rule: '!has(self.fixed) || self.fixed == oldSelf.fixed', message: 'fixed is immutable', reason: 'FieldValueForbidden' },
      ],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 10 },
        max: { type: 'integer' },
        fixed: { type: 'string' },
        mode: { type: 'string', enum: ['fast', 'slow'], default: 'slow' },
        name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5, minLength: 2 },
        tags: { type: 'array', maxItems: 3, items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, port: { type: 'integer', default: 80 } } },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        either: { 'x-kubernetes-int-or-string': true },
        nothing: { type: 'string', nullable: true },
        when: { type: 'string', format: 'date-time' },
        replicas: { type: 'integer' },
      },
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, phase: { type: 'string' }, selector: { type: 'string' } } },
  },
};

const established = (o: { status?: { conditions?: { type: string; status: string }[] } }) =>
  Boolean(o.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True'));

const widgets = (api: Api, rest = '') => `/apis/${api.ns}.example.com/v1/namespaces/${api.ns}/widgets${rest}`;
const widget = (api: Api, spec: object = { size: 3 }, metadata: object = {}) => ({
  apiVersion: `${api.ns}.example.com/v1`,
  kind: 'Widget',
  metadata: { name: 'w', ...metadata },
  spec,
});
const refused = (spec: object) => (api: Api) => api.post(widgets(api), widget(api, spec));
const withWidget =
  (run: (api: Api) => Promise<unknown>, spec: object = { size: 3 }) =>
  async (api: Api) => {
    await api.post(widgets(api), widget(api, spec));
    await run(api);
  };

/** Objects of a definition with a schema, CEL rules, status and scale. */
export const customResources: Group = {
  name: 'custom-resources',
  async setup(api) {
    const version = {
      schema: { openAPIV3Schema: widgetSchema },
      subresources: {
        status: {},
        scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' },
      },
      additionalPrinterColumns: [
        { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
        { name: 'Mode', type: 'string', jsonPath: '.spec.mode', priority: 1, description: 'how' },
      ],
      selectableFields: [{ jsonPath: '.spec.mode' }],
    };
    const one = crd(api.ns, 'widgets', 'Widget', version);
    const v2 = { ...one.spec.versions[0], name: 'v2', storage: false, deprecated: true };
    const both = { ...one, spec: { ...one.spec, versions: [one.spec.versions[0], v2] } };
    const crdsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await api.quietly('POST', crdsPath, { body: both });
    await api.settled(`${crdsPath}/widgets.${api.ns}.example.com`, established);
    // Discovery follows a moment later.
    await api.settled(widgets(api), (o) => o?.kind === 'WidgetList');
  },
  cases: {
    'creates and reads': withWidget((api) => api.get(widgets(api, '/w'))),
    lists: withWidget((api) => api.get(widgets(api))),
    'lists by a selectable field': withWidget((api) => api.get(widgets(api, '?fieldSelector=spec.mode%3Dslow'))),
    'lists by another field': (api) => api.get(widgets(api, '?fieldSelector=spec.size%3D3')),
    'as a Table': withWidget((api) => api.send('GET', widgets(api), { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })),
    'as partial metadata': withWidget((api) =>
      api.send('GET', widgets(api), { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' }),
    ),
    'in another version': withWidget((api) => api.get(widgets(api, '/w').replace('/v1/', '/v2/'))),
    'prunes what the schema does not know': refused({ size: 3, more: { deep: 1 }, free: { kept: 1 } }),
    'refuses it strictly': (api) =>
      api.post(widgets(api, '?fieldValidation=Strict'), widget(api, { size: 3, more: 1, ports: [{ name: 'a', odd: 1 }] })),
    'fills in defaults': refused({ size: 3, ports: [{ name: 'a' }, { name: 'b', port: 1 }] }),
    'a null takes the default': (api) =>
      api.post(
        widgets(api),
        `{"apiVersion":"${api.ns}.example.com/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"size":3,"mode":null,"nothing":null,"max":null}}`,
      ),
    'a required field': refused({}),
    'a required object': (api) => api.post(widgets(api), { ...widget(api), spec: undefined }),
    'a number below': refused({ size: 0 }),
    'a number above': refused({ size: 11 }),
    'a text as a number': refused({ size: 'three' }),
    'a fraction': refused({ size: 1.5 }),
    'a word that is none of them': refused({ size: 3, mode: 'medium' }),
    'a pattern, too long': refused({ size: 3, name: 'ABCDEFG' }),
    'too short': refused({ size: 3, name: 'a' }),
    'a set with one twice': refused({ size: 3, tags: ['a', 'a'] }),
    'too many items': refused({ size: 3, tags: ['a', 'b', 'c', 'd'] }),
    'a key twice': refused({ size: 3, ports: [{ name: 'a' }, { name: 'a' }] }),
    'a list that is none': refused({ size: 3, tags: 'a' }),
    'a map of texts': refused({ size: 3, labels: { a: 1 } }),
    'a number or a text': refused({ size: 3, either: true }),
    'a number or a text, right': refused({ size: 3, either: '5%' }),
    'a time that is none': refused({ size: 3, when: 'noon' }),
    'a rule': refused({ size: 5, max: 2 }),
    'two rules and a bound': refused({ size: 50, max: 2, mode: 'x' }),
    'a rule over the old object': withWidget((api) => api.patch(widgets(api, '/w'), { spec: { fixed: 'b' } }), { size: 3, fixed: 'a' }),
    'a spec that is a list': (api) => api.post(widgets(api), { ...widget(api), spec: [] }),
    'another kind': (api) => api.post(widgets(api), { ...widget(api), kind: 'Gadget' }),
    'another version': (api) => api.post(widgets(api), { ...widget(api), apiVersion: 'v1' }),
    'no kind': (api) => api.post(widgets(api), { metadata: { name: 'w' }, spec: { size: 3 } }),
    'a bad name': (api) => api.post(widgets(api), widget(api, { size: 3 }, { name: 'W_' })),
    'bad labels': (api) => api.post(widgets(api), widget(api, { size: 3 }, { labels: { 'a b': 'c' } })),
    'labels of a wrong type': (api) => api.post(widgets(api), widget(api, { size: 3 }, { labels: { a: 5 } })),
    'metadata it does not know': (api) => api.post(widgets(api), widget(api, { size: 3 }, { odd: 5 })),
    'a generated name': (api) => api.post(widgets(api), widget(api, { size: 3 }, { name: undefined, generateName: 'g-' })),
    'a PUT without a version': withWidget((api) => api.put(widgets(api, '/w'), widget(api, { size: 4 }))),
    'a PUT': async (api) => {
      const { body } = await api.post(widgets(api), widget(api));
      await api.put(widgets(api, '/w'), { ...body, spec: { size: 4 } });
      await api.put(widgets(api, '/w'), { ...body, spec: { size: 5 } });
    },
    'a label changes no generation': withWidget(async (api) => {
      await api.patch(widgets(api, '/w'), { metadata: { labels: { a: 'b' } } });
      await api.patch(widgets(api, '/w'), { spec: { size: 4 } });
      await api.patch(widgets(api, '/w'), { spec: { size: 4 } });
    }),
    'a status at creation is dropped': (api) => api.post(widgets(api), { ...widget(api), status: { phase: 'x' } }),
    'a status on its own': withWidget(async (api) => {
      await api.patch(widgets(api, '/w'), { status: { phase: 'x' } });
      await api.patch(widgets(api, '/w/status'), { status: { phase: 'y' }, spec: { size: 9 }, metadata: { labels: { a: 'b' } } });
      await api.get(widgets(api, '/w/status'));
    }),
    'a status of a wrong type': withWidget((api) => api.patch(widgets(api, '/w/status'), { status: { phase: 5 } })),
    'a scale': withWidget(
      async (api) => {
        await api.get(widgets(api, '/w/scale'));
        await api.patch(widgets(api, '/w/scale'), { spec: { replicas: 5 } });
        await api.get(widgets(api, '/w'));
      },
      { size: 3, replicas: 2 },
    ),
    'a scale without replicas': withWidget((api) => api.get(widgets(api, '/w/scale'))),
    'a merge patch': withWidget((api) => api.patch(widgets(api, '/w'), { spec: { size: 7, tags: ['a'] } })),
    'a merge patch that is bad': withWidget((api) => api.patch(widgets(api, '/w'), { spec: { size: 70 } })),
    'a JSON patch': withWidget((api) => api.patch(widgets(api, '/w'), [{ op: 'replace', path: '/spec/size', value: 7 }], 'json')),
    'a strategic merge is not known': withWidget((api) => api.patch(widgets(api, '/w'), { spec: { size: 7 } }, 'strategic')),
    apply: async (api) => {
      const path = `${widgets(api, '/w')}?fieldManager=`;
      await api.patch(`${path}one`, widget(api, { size: 3, tags: ['a'], ports: [{ name: 'x' }] }), 'apply');
      await api.patch(`${path}two`, widget(api, { size: 3, tags: ['b'], ports: [{ name: 'y', port: 5 }] }), 'apply');
      await api.patch(`${path}two`, widget(api, { size: 4 }), 'apply');
      await api.patch(`${path}one`, widget(api, { size: 3 }), 'apply');
    },
    'apply of a bad type': (api) => api.patch(`${widgets(api, '/w')}?fieldManager=one`, widget(api, { size: 3, tags: 'a' }), 'apply'),
    finalizers: async (api) => {
      await api.post(widgets(api), widget(api, { size: 3 }, { finalizers: ['e.com/f'] }));
      await api.send('DELETE', widgets(api, '/w'));
      await api.patch(widgets(api, '/w'), { metadata: { finalizers: [] } });
      await api.get(widgets(api, '/w'));
    },
    deletion: withWidget((api) => api.send('DELETE', widgets(api, '/w'))),
    'a dry run': (api) => api.post(widgets(api, '?dryRun=All'), widget(api)),
    'a missing namespace': (api) => api.post(widgets(api).replace(`namespaces/${api.ns}/`, 'namespaces/missing-ns/'), widget(api)),
    'what is not there': (api) => api.get(widgets(api, '/missing')),
    'a version that is not there': (api) => api.get(widgets(api).replace('/v1/', '/v9/')),
    'a watch': async (api) => {
      const { body } = await api.quietly('GET', widgets(api));
      await api.watch(widgets(api, `?watch=true&resourceVersion=${body.metadata.resourceVersion}`), 2, async () => {
        await api.post(widgets(api), widget(api));
        await api.send('DELETE', widgets(api, '/w'));
      });
    },
    'a watch list': withWidget((api) =>
      api.watch(widgets(api, '?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'), 2),
    ),
    'discovery of the version': (api) => api.get(`/apis/${api.ns}.example.com/v1`),
    'discovery of the group': (api) => api.get(`/apis/${api.ns}.example.com`),
    'protobuf is not answered': withWidget((api) => api.send('GET', widgets(api, '/w'), { accept: 'application/vnd.kubernetes.protobuf' })),
    YAML: (api) =>
      api.post(widgets(api), `apiVersion: ${api.ns}.example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: 3}\n`, {
        type: 'application/yaml',
      }),
  },
};
