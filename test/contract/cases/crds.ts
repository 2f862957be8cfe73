import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { crd } from './manifests.ts';

const crdsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const schema = (openAPIV3Schema: object) => ({ schema: { openAPIV3Schema } });
const object = (properties: object) => schema({ type: 'object', properties });
const refused =
  (version: object, spec: object = {}) =>
  (api: Api) =>
    api.post(crdsPath, crd(api.ns, 'bads', 'Bad', version, spec));

/** CustomResourceDefinitions. */
export const crds: Group = {
  name: 'crds',
  cases: {
    'is defaulted': refused({}, { names: { plural: 'bads', kind: 'Bad' } }),
    'is established': async (api) => {
      await api.post(crdsPath, crd(api.ns, 'goods', 'Good'));
      const path = `${crdsPath}/goods.${api.ns}.example.com`;
      await api.settled(path, (o) =>
        o.status?.conditions?.some((c: { type: string; status: string }) => c.type === 'Established' && c.status === 'True'),
      );
      await api.get(path);
      await api.get(`/apis/${api.ns}.example.com/v1`);
      await api.send('DELETE', path);
    },
    'another name than plural and group': (api) => {
      const one = crd(api.ns, 'bads', 'Bad');
      return api.post(crdsPath, { ...one, metadata: { name: `worse.${api.ns}.example.com` } });
    },
    'no versions': (api) => api.post(crdsPath, crd(api.ns, 'bads', 'Bad', {}, { versions: [] })),
    'no schema': refused({ schema: undefined }),
    'no storage version': refused({ storage: false }),
    'two storage versions': (api) => {
      const one = crd(api.ns, 'bads', 'Bad');
      const [v1] = one.spec.versions;
      return api.post(crdsPath, { ...one, spec: { ...one.spec, versions: [v1, { ...v1, name: 'v2' }] } });
    },
    'one version twice': (api) => {
      const one = crd(api.ns, 'bads', 'Bad');
      const [v1] = one.spec.versions;
      return api.post(crdsPath, { ...one, spec: { ...one.spec, versions: [v1, { ...v1, storage: false }] } });
    },
    'a bad version name': refused({ name: 'V_1' }),
    'a bad scope': refused({}, { scope: 'Everywhere' }),
    'a group without a dot': (api) => {
      const one = crd(api.ns, 'bads', 'Bad');
      return api.post(crdsPath, { ...one, metadata: { name: 'bads.nodot' }, spec: { ...one.spec, group: 'nodot' } });
    },
    'a bad kind': refused({}, { names: { plural: 'bads', kind: 'Bad Kind' } }),
    'no names': refused({}, { names: {} }),
    'a field without a type': refused(object({ spec: {} })),
    'an unknown type': refused(object({ spec: { type: 'thing' } })),
    'a root that is no object': refused(schema({ type: 'string' })),
    'a list without items': refused(object({ spec: { type: 'array' } })),
    'a default of a wrong type': refused(object({ spec: { type: 'object', properties: { n: { type: 'integer', default: 'x' } } } })),
    'a default outside of its bounds': refused(
      object({ spec: { type: 'object', properties: { n: { type: 'integer', minimum: 5, default: 1 } } } }),
    ),
    'unique items': refused(object({ spec: { type: 'array', uniqueItems: true, items: { type: 'string' } } })),
    'a reference': refused(object({ spec: { $ref: '#/x' } })),
    'a type in anyOf': refused(object({ spec: { type: 'object', anyOf: [{ type: 'object' }] } })),
    'a list of maps without keys': refused(object({ spec: { type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } } })),
    'a rule that does not compile': refused(object({ spec: { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.none ==' }] } })),
    'a rule of an unknown field': refused(
      object({ spec: { type: 'object', properties: { a: { type: 'integer' } }, 'x-kubernetes-validations': [{ rule: 'self.b > 1' }] } }),
    ),
    'a rule that is no boolean': refused(
      object({ spec: { type: 'object', properties: { a: { type: 'integer' } }, 'x-kubernetes-validations': [{ rule: 'self.a + 1' }] } }),
    ),
    'an empty rule': refused(object({ spec: { type: 'object', 'x-kubernetes-validations': [{ rule: ' ' }] } })),
    'a bad pattern': refused(object({ spec: { type: 'string', pattern: '(' } })),
    'additional properties beside properties': refused(
      object({ spec: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } } }),
    ),
    'metadata with more than names': refused(object({ metadata: { type: 'object', properties: { labels: { type: 'object' } } } })),
    'a scale without paths': refused({ subresources: { scale: {} } }),
    'a scale with a bad path': refused({
      subresources: { scale: { specReplicasPath: 'spec.replicas', statusReplicasPath: '.status.replicas' } },
    }),
    'a column without a path': refused({ additionalPrinterColumns: [{ name: 'A', type: 'thing' }] }),
    'a short name that is bad': refused({}, { names: { plural: 'bads', kind: 'Bad', shortNames: ['B_'] } }),
    preserveUnknownFields: refused({}, { preserveUnknownFields: true }),
    'a conversion without a webhook': refused({}, { conversion: { strategy: 'Webhook' } }),
    'a protected group': (api) => {
      const one = crd(api.ns, 'bads', 'Bad');
      return api.post(crdsPath, { ...one, metadata: { name: 'bads.x.k8s.io' }, spec: { ...one.spec, group: 'x.k8s.io' } });
    },
    'what stays': async (api) => {
      await api.post(crdsPath, crd(api.ns, 'stays', 'Stay'));
      const path = `${crdsPath}/stays.${api.ns}.example.com`;
      await api.settled(path, (o) =>
        o.status?.conditions?.some((c: { type: string; status: string }) => c.type === 'Established' && c.status === 'True'),
      );
      await api.patch(path, { spec: { scope: 'Cluster' } });
      await api.patch(path, { spec: { group: 'other.example.com' } });
      await api.patch(path, { spec: { names: { plural: 'others' } } });
      await api.patch(path, { spec: { versions: [] } });
    },
  },
};
