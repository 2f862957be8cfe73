import type { Manifest } from './objects.ts';

const group = 'crd.projectcalico.org';

/** Calico's kinds, cluster-scoped unless named below (crd.projectcalico.org_*.yaml of v3.32). */
const kinds = [
  'BGPConfiguration',
  'BGPFilter',
  'BGPPeer',
  'BlockAffinity',
  'CalicoNodeStatus',
  'ClusterInformation',
  'FelixConfiguration',
  'GlobalNetworkPolicy',
  'GlobalNetworkSet',
  'HostEndpoint',
  'IPAMBlock',
  'IPAMConfig',
  'IPAMHandle',
  'IPPool',
  'IPReservation',
  'KubeControllersConfiguration',
  'NetworkPolicy',
  'NetworkSet',
  'StagedGlobalNetworkPolicy',
  'StagedKubernetesNetworkPolicy',
  'StagedNetworkPolicy',
  'Tier',
];

const namespaced = new Set(['NetworkPolicy', 'NetworkSet', 'StagedKubernetesNetworkPolicy', 'StagedNetworkPolicy']);

const pluralOf = (kind: string): string => {
  const singular = kind.toLowerCase();
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : singular.endsWith('s') ? `${singular}es` : `${singular}s`;
};

/** Objects keep whatever they hold: the model validates nothing of Calico's own. */
const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

export const calicoCrds = (): Manifest[] =>
  kinds.map((kind) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${pluralOf(kind)}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural: pluralOf(kind), singular: kind.toLowerCase() },
      preserveUnknownFields: false,
      scope: namespaced.has(kind) ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec: anything,
                ...(kind === 'CalicoNodeStatus' && { status: anything }),
              },
            },
          },
        },
      ],
    },
  }));
