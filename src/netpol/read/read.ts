import { describeOrigin, type PolicySet } from '../model/policies.ts';
import { calicoHostEndpoint, calicoNetworkSet, calicoPolicy, calicoPool, calicoTier } from './calico.ts';
import { ciliumCidrGroup, ciliumPolicy } from './cilium.ts';
import { clusterPolicy } from './cluster-policy.ts';
import { readDocuments, readObject, type Document, type Source } from './documents.ts';
import { kubernetesPolicy } from './kubernetes.ts';
import { FieldError, type Problem } from './problem.ts';

export type { Source } from './documents.ts';

export interface Reading {
  readonly policies: PolicySet;
  readonly problems: readonly Problem[];
}

type Mutable<T> = T extends readonly (infer E)[] ? E[] : { -readonly [K in keyof T]: Mutable<T[K]> };

/** Reads every policy object of the texts; objects of other kinds are none of its business. */
export function readPolicies(sources: readonly Source[]): Reading {
  const problems: Problem[] = [];
  const documents = sources.flatMap((source) => readDocuments(source, problems));
  return read(documents, problems);
}

/** Reads one object as the API server stores it. */
export function readPolicy(object: unknown): Reading {
  const problems: Problem[] = [];
  return read(readObject(object, 'api', problems), problems);
}

const empty = (): Mutable<PolicySet> => ({
  kubernetes: [],
  clusterwide: [],
  calico: { policies: [], tiers: [], networkSets: [], hostEndpoints: [], pools: [] },
  cilium: { policies: [], groups: [] },
});

/** All of several sets. */
export function joinPolicies(sets: Iterable<PolicySet>): PolicySet {
  const all = empty();
  for (const { kubernetes, clusterwide, calico, cilium } of sets as Iterable<Mutable<PolicySet>>) {
    all.kubernetes.push(...kubernetes);
    all.clusterwide.push(...clusterwide);
    all.calico.policies.push(...calico.policies);
    all.calico.tiers.push(...calico.tiers);
    all.calico.networkSets.push(...calico.networkSets);
    all.calico.hostEndpoints.push(...calico.hostEndpoints);
    all.calico.pools.push(...calico.pools);
    all.cilium.policies.push(...cilium.policies);
    all.cilium.groups.push(...cilium.groups);
  }
  return all;
}

function read(documents: readonly Document[], problems: Problem[]): Reading {
  const policies = empty();
  for (const document of documents) {
    try {
      readInto(policies, document);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      const { file, document: number } = document.origin;
      problems.push({ file, document: number, object: describeOrigin(document.origin), path: error.path, message: error.message });
    }
  }
  return { policies, problems };
}

function readInto({ kubernetes, clusterwide, calico, cilium }: Mutable<PolicySet>, document: Document): void {
  const { kind } = document.origin;
  switch (document.apiVersion) {
    case 'networking.k8s.io/v1':
      if (kind === 'NetworkPolicy') kubernetes.push(kubernetesPolicy(document));
      return;
    case 'projectcalico.org/v3':
    case 'crd.projectcalico.org/v1':
      if (/^(Staged)?(Global)?NetworkPolicy$/.test(kind)) calico.policies.push(calicoPolicy(document));
      else if (kind === 'Tier') calico.tiers.push(calicoTier(document));
      else if (kind === 'NetworkSet' || kind === 'GlobalNetworkSet') calico.networkSets.push(calicoNetworkSet(document));
      else if (kind === 'HostEndpoint') calico.hostEndpoints.push(calicoHostEndpoint(document));
      else if (kind === 'IPPool') calico.pools.push(calicoPool(document));
      return;
    case 'cilium.io/v2':
    case 'cilium.io/v2alpha1':
      if (kind === 'CiliumNetworkPolicy' || kind === 'CiliumClusterwideNetworkPolicy') cilium.policies.push(ciliumPolicy(document));
      else if (kind === 'CiliumCIDRGroup') cilium.groups.push(ciliumCidrGroup(document));
      return;
    case 'policy.networking.k8s.io/v1alpha1':
    case 'policy.networking.k8s.io/v1alpha2':
      if (kind === 'ClusterNetworkPolicy' || /^(Baseline)?AdminNetworkPolicy$/.test(kind)) clusterwide.push(clusterPolicy(document));
  }
}
