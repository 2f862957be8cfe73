import { customResourceDefinitions } from '../../../kube/resources.ts';
import type { CustomResourceDefinition, Draft } from '../../../kube/types.ts';
import { isAlreadyExists } from '../../../kube/status.ts';
import type { ApiClient } from '../../api/client.ts';
import { group } from './resources.ts';

interface Column {
  name: string;
  type: string;
  jsonPath: string;
  description?: string;
  priority?: number;
}

interface Definition {
  kind: string;
  plural: string;
  shortNames: string[];
  namespaced?: boolean;
  version?: 'v2' | 'v2alpha1';
  /** Versions served beside the stored one. */
  also?: string[];
  status?: boolean;
  columns?: Column[];
  /** Fields of the object beside metadata. */
  fields?: string[];
  /** What is known of `spec` beyond its being an object. */
  spec?: object;
}

const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** As recorded of kubectl on Cilium 1.16 to 1.19, which serve it beside v2. */
const alphaWarning = (kind: string): string => `cilium.io/v2alpha1 ${kind} will be deprecated in cilium v1.16; use cilium.io/v2 ${kind}`;

/** Values are strings, as in a ConfigMap: the server refuses a bare `true`. */
const nodeConfigSpec = {
  type: 'object',
  description: 'Spec is the desired Cilium configuration overrides for a given node',
  required: ['defaults', 'nodeSelector'],
  properties: {
    defaults: {
      type: 'object',
      description: 'Settings laid over cilium-config for the selected nodes; each key is one of its keys.',
      additionalProperties: { type: 'string' },
    },
    nodeSelector: {
      type: 'object',
      description: 'The nodes that the settings are for: an empty selector selects all nodes.',
      'x-kubernetes-map-type': 'atomic',
      properties: {
        matchExpressions: {
          type: 'array',
          description: 'A list of label selector requirements; all must hold.',
          items: {
            type: 'object',
            required: ['key', 'operator'],
            properties: {
              key: { type: 'string' },
              operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
              values: { type: 'array', items: { type: 'string' } },
            },
          },
        },
        matchLabels: { type: 'object', description: 'Labels that a node must carry.', additionalProperties: { type: 'string' } },
      },
    },
  },
};

const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
const valid: Column = { name: 'Valid', type: 'string', jsonPath: ".status.conditions[?(@.type=='Valid')].status" };

/** The ten that Cilium 1.18 registers (recorded/migration.txt, 1). */
const definitions = (nodeConfigAlpha: boolean): Definition[] => [
  { kind: 'CiliumCIDRGroup', plural: 'ciliumcidrgroups', shortNames: ['ccg'] },
  {
    kind: 'CiliumClusterwideNetworkPolicy',
    plural: 'ciliumclusterwidenetworkpolicies',
    shortNames: ['ccnp'],
    status: true,
    columns: [age, valid],
    fields: ['spec', 'specs', 'status'],
  },
  {
    kind: 'CiliumEndpoint',
    plural: 'ciliumendpoints',
    shortNames: ['cep', 'ciliumep'],
    namespaced: true,
    columns: [
      { name: 'Security Identity', type: 'integer', jsonPath: '.status.identity.id', description: 'Security Identity' },
      { name: 'Ingress Enforcement', type: 'string', jsonPath: '.status.policy.ingress.state', priority: 1 },
      { name: 'Egress Enforcement', type: 'string', jsonPath: '.status.policy.egress.state', priority: 1 },
      { name: 'Endpoint State', type: 'string', jsonPath: '.status.state', description: 'Endpoint current state' },
      { name: 'IPv4', type: 'string', jsonPath: '.status.networking.addressing[0].ipv4', description: 'Endpoint IPv4 address' },
      { name: 'IPv6', type: 'string', jsonPath: '.status.networking.addressing[0].ipv6', description: 'Endpoint IPv6 address' },
    ],
    fields: ['status'],
  },
  {
    kind: 'CiliumIdentity',
    plural: 'ciliumidentities',
    shortNames: ['ciliumid'],
    columns: [
      {
        name: 'Namespace',
        type: 'string',
        jsonPath: '.metadata.labels.io\\.kubernetes\\.pod\\.namespace',
        description: 'The namespace of the entity',
      },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time duration since creation of this entity' },
    ],
    fields: ['security-labels'],
  },
  {
    kind: 'CiliumL2AnnouncementPolicy',
    plural: 'ciliuml2announcementpolicies',
    shortNames: ['l2announcement'],
    version: 'v2alpha1',
    status: true,
    columns: [age],
  },
  {
    kind: 'CiliumLoadBalancerIPPool',
    plural: 'ciliumloadbalancerippools',
    shortNames: ['ippools', 'ippool', 'lbippool', 'lbippools'],
    status: true,
    columns: [{ name: 'Disabled', type: 'boolean', jsonPath: '.spec.disabled' }, age],
  },
  {
    kind: 'CiliumNetworkPolicy',
    plural: 'ciliumnetworkpolicies',
    shortNames: ['cnp', 'ciliumnp'],
    namespaced: true,
    status: true,
    columns: [age, valid],
    fields: ['spec', 'specs', 'status'],
  },
  {
    kind: 'CiliumNodeConfig',
    plural: 'ciliumnodeconfigs',
    shortNames: [],
    namespaced: true,
    also: nodeConfigAlpha ? ['v2alpha1'] : [],
    fields: ['spec'],
    spec: nodeConfigSpec,
  },
  {
    kind: 'CiliumNode',
    plural: 'ciliumnodes',
    shortNames: ['cn', 'ciliumn'],
    status: true,
    columns: [
      {
        name: 'CiliumInternalIP',
        type: 'string',
        jsonPath: '.spec.addresses[?(@.type=="CiliumInternalIP")].ip',
        description: 'Cilium internal IP for this node',
      },
      { name: 'InternalIP', type: 'string', jsonPath: '.spec.addresses[?(@.type=="InternalIP")].ip', description: 'IP of the node' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time duration since creation of Ciliumnode' },
    ],
  },
  { kind: 'CiliumPodIPPool', plural: 'ciliumpodippools', shortNames: ['cpip'], version: 'v2alpha1' },
];

const crd = (definition: Definition): Draft<CustomResourceDefinition> => {
  const {
    kind,
    plural,
    shortNames,
    namespaced = false,
    version = 'v2',
    also = [],
    columns = [age],
    fields = ['spec', 'status'],
    spec,
  } = definition;
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      required: ['metadata', ...(spec ? ['spec'] : [])],
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: { type: 'object' },
        ...Object.fromEntries(fields.map((field) => [field, field === 'specs' ? { type: 'array', items: open } : open])),
        ...(spec && { spec }),
      },
    },
  };
  const subresources = definition.status ? { subresources: { status: {} } } : {};
  const of = (name: string) => ({
    name,
    served: true,
    storage: name === version,
    schema,
    additionalPrinterColumns: columns,
    ...(name === 'v2alpha1' && also.includes(name) && { deprecated: true, deprecationWarning: alphaWarning(kind) }),
    ...subresources,
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'io.cilium.k8s.crd.schema.version': '1.32.1' } },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames, categories: ['cilium'] },
      versions: [version, ...also].map(of),
      conversion: { strategy: 'None' },
    },
  };
};

/** v2alpha1 of CiliumNodeConfig was removed in 1.20 (cilium#40110). An image without a readable version counts as new. */
const servesNodeConfigAlpha = (imageVersion: string): boolean => {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(imageVersion) ?? [];
  return major === '1' && Number(minor) < 20;
};

/** What the operator registers at its start; those that exist are left as they are. */
export const registerCrds = (api: ApiClient, imageVersion: string): void => {
  for (const definition of definitions(servesNodeConfigAlpha(imageVersion))) {
    try {
      api.create(customResourceDefinitions, crd(definition));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
};
