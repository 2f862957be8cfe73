import type { Cidr } from './address.ts';
import type { Labels, Pool } from './cluster.ts';
import type { Selector } from '../selector/selector.ts';
import type { LabelSelector } from '../../kube/types.ts';

/** Where something was read: for reports and traces. */
export interface Origin {
  readonly file: string;
  /** Counted from 1 within the file. */
  readonly document: number;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** The rule within the object: `spec.ingress[0]`. */
  readonly path?: string;
}

export const describeOrigin = ({ kind, namespace, name, path }: Origin): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}${path === undefined ? '' : ` ${path}`}`;

/** Numbers from–to, both included, or the name of a container port. */
export type PortMatch = { readonly from: number; readonly to: number } | { readonly name: string };

// ── Calico ──

export interface CalicoEntity {
  readonly nets?: readonly Cidr[];
  readonly notNets?: readonly Cidr[];
  readonly selector?: Selector;
  readonly notSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly serviceAccounts?: { readonly names: readonly string[]; readonly selector?: Selector };
  readonly ports?: readonly PortMatch[];
  readonly notPorts?: readonly PortMatch[];
  readonly services?: { readonly name: string; readonly namespace: string };
  readonly domains?: readonly string[];
}

export interface IcmpMatch {
  readonly type?: number;
  readonly code?: number;
}

export interface CalicoRule {
  readonly origin: Origin;
  readonly action: 'Allow' | 'Deny' | 'Pass' | 'Log';
  /** Lower case name or number. */
  readonly protocol?: string;
  readonly notProtocol?: string;
  readonly icmp?: IcmpMatch;
  readonly notIcmp?: IcmpMatch;
  readonly ipVersion?: 4 | 6;
  readonly source: CalicoEntity;
  readonly destination: CalicoEntity;
  /** Paths and methods are seen by the application layer only. */
  readonly http: boolean;
}

export interface CalicoPolicy {
  readonly origin: Origin;
  /** Without the `default.` that crd.projectcalico.org/v1 may carry. */
  readonly name: string;
  /** Undefined for a global one. */
  readonly namespace?: string;
  readonly tier: string;
  /** Infinity where the object gives none. */
  readonly order: number;
  readonly selector: Selector;
  readonly namespaceSelector?: Selector;
  readonly serviceAccountSelector?: Selector;
  readonly types: { readonly ingress: boolean; readonly egress: boolean };
  readonly ingress: readonly CalicoRule[];
  readonly egress: readonly CalicoRule[];
  readonly staged: boolean;
  readonly applyOnForward: boolean;
  readonly preDNAT: boolean;
  readonly doNotTrack: boolean;
}

export interface CalicoTier {
  readonly name: string;
  readonly order: number;
  readonly defaultAction: 'Deny' | 'Pass';
}

export interface CalicoNetworkSet {
  readonly origin: Origin;
  readonly namespace?: string;
  readonly labels: Labels;
  readonly nets: readonly Cidr[];
}

export interface CalicoHostEndpoint {
  readonly origin: Origin;
  readonly labels: Labels;
  readonly node: string;
  readonly interfaceName?: string;
  readonly expectedIPs: readonly Cidr[];
  readonly profiles: readonly string[];
}

// ── Kubernetes ──

export interface KubernetesPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: Cidr; readonly except: readonly Cidr[] };
}

export interface KubernetesRule {
  readonly origin: Origin;
  /** Undefined or empty: everybody. */
  readonly peers?: readonly KubernetesPeer[];
  readonly ports?: readonly { readonly protocol: string; readonly port?: PortMatch }[];
}

export interface KubernetesPolicy {
  readonly origin: Origin;
  readonly namespace: string;
  readonly podSelector: LabelSelector;
  readonly types: { readonly ingress: boolean; readonly egress: boolean };
  readonly ingress: readonly KubernetesRule[];
  readonly egress: readonly KubernetesRule[];
}

// ── policy.networking.k8s.io: ClusterNetworkPolicy and its predecessors ──

/** Pods by their namespace's and their own labels, networks, nodes by labels, or names of domains. */
export type ClusterPolicyPeer =
  | { readonly kind: 'pods'; readonly namespaceSelector: LabelSelector; readonly podSelector: LabelSelector }
  | { readonly kind: 'networks'; readonly cidrs: readonly Cidr[] }
  | { readonly kind: 'nodes'; readonly selector: LabelSelector }
  | { readonly kind: 'domains'; readonly names: readonly string[] };

export interface ClusterPolicyRule {
  readonly origin: Origin;
  readonly action: 'Accept' | 'Deny' | 'Pass';
  readonly peers: readonly ClusterPolicyPeer[];
  /** Undefined: every protocol. A port by name is of any protocol. */
  readonly ports?: readonly { readonly protocol?: string; readonly port?: PortMatch }[];
}

/** ClusterNetworkPolicy, and AdminNetworkPolicy and BaselineAdminNetworkPolicy, which became it. */
export interface ClusterPolicy {
  readonly origin: Origin;
  readonly tier: 'Admin' | 'Baseline';
  readonly priority: number;
  readonly subject: { readonly namespaceSelector: LabelSelector; readonly podSelector: LabelSelector };
  readonly ingress: readonly ClusterPolicyRule[];
  readonly egress: readonly ClusterPolicyRule[];
  /** Cilium knows ClusterNetworkPolicy alone. */
  readonly predecessor: boolean;
}

// ── Cilium ──

export interface CiliumRequirement {
  /** `any` where the key has no source before a colon. */
  readonly source: string;
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}
export type CiliumSelector = readonly CiliumRequirement[];

export type CiliumPeer =
  | { readonly kind: 'endpoints'; readonly selector: CiliumSelector }
  | { readonly kind: 'entity'; readonly entity: string }
  | { readonly kind: 'cidr'; readonly cidr: Cidr; readonly except: readonly Cidr[] }
  | { readonly kind: 'cidr-group'; readonly name: string; readonly except: readonly Cidr[] }
  | { readonly kind: 'cidr-group-selector'; readonly selector: CiliumSelector; readonly except: readonly Cidr[] }
  | { readonly kind: 'service'; readonly name: string; readonly namespace: string }
  /** What a description of a cluster cannot resolve: domain names, cloud groups, services by label. It matches nobody. */
  | { readonly kind: 'unresolved'; readonly text: string };

export interface CiliumEntry {
  readonly origin: Origin;
  /** Undefined: no peer section. An empty list: one that is there and names nobody. */
  readonly peers: readonly CiliumPeer[] | undefined;
  readonly ports: readonly { readonly protocol: string; readonly port: PortMatch }[] | undefined;
  readonly icmps: readonly { readonly family: 4 | 6; readonly type: number }[] | undefined;
}

export interface CiliumRule {
  readonly subject: { readonly kind: 'endpoints' | 'node'; readonly selector: CiliumSelector };
  readonly defaultDeny: { readonly ingress: boolean; readonly egress: boolean };
  /** Sections that are there as empty lists: they enforce nothing (trap 6). */
  readonly emptySections: readonly string[];
  readonly ingress: readonly CiliumEntry[];
  readonly egress: readonly CiliumEntry[];
  readonly ingressDeny: readonly CiliumEntry[];
  readonly egressDeny: readonly CiliumEntry[];
}

export interface CiliumPolicy {
  readonly origin: Origin;
  readonly namespace?: string;
  readonly rules: readonly CiliumRule[];
  /** Why the agent (`Valid=False`) or the API server would not take it: then nothing of it is enforced. */
  readonly invalid?: string;
}

export interface CiliumCidrGroup {
  readonly origin: Origin;
  readonly name: string;
  readonly labels: Labels;
  readonly cidrs: readonly Cidr[];
}

/** Everything that was read, whoever enforces it. */
export interface PolicySet {
  readonly kubernetes: readonly KubernetesPolicy[];
  readonly clusterwide: readonly ClusterPolicy[];
  readonly calico: {
    readonly policies: readonly CalicoPolicy[];
    readonly tiers: readonly CalicoTier[];
    readonly networkSets: readonly CalicoNetworkSet[];
    readonly hostEndpoints: readonly CalicoHostEndpoint[];
    readonly pools: readonly (Pool & { readonly name: string; readonly disabled: boolean })[];
  };
  readonly cilium: {
    readonly policies: readonly CiliumPolicy[];
    readonly groups: readonly CiliumCidrGroup[];
  };
}
