import { counts } from '../evaluate/cilium/identity.ts';
import { fromKubernetes } from '../evaluate/cilium/from-kubernetes.ts';
import type { Cluster } from '../model/cluster.ts';
import { formatCidr } from '../model/address.ts';
import type { CalicoEntity, CalicoPolicy, CiliumPolicy, CiliumRule, Origin, PolicySet } from '../model/policies.ts';
import { matches } from '../selector/selector.ts';
import { combined } from '../evaluate/calico/entity.ts';
import { lintEntry } from './entries.ts';
import type { Finding } from './finding.ts';

export type { Finding } from './finding.ts';

/** Trap 5: accepted by the API server, and enforced by nobody. */
const invalid = ({ invalid: reason, origin }: CiliumPolicy): Finding[] =>
  reason === undefined
    ? []
    : [
        {
          trap: 5,
          effect: 'fail-open',
          origin,
          message: `nothing of this policy is enforced: ${reason}`,
          fix: 'split the entry; after applying, read .status.conditions',
        },
      ];

/** Trap 7: labels that are no part of an identity select nothing, and the policy stays Valid=True. */
function ignoredLabels({ subject }: CiliumRule, origin: Origin): Finding[] {
  const keys = subject.selector.filter(({ key }) => !counts(key)).map(({ key }) => key);
  if (keys.length === 0) return [];
  const message = `${subject.kind === 'node' ? 'nodeSelector' : 'endpointSelector'} on ${keys.join(', ')}: Cilium leaves these labels out of identities`;
  return [{ trap: 7, effect: 'fail-open', origin, message, fix: 'select by a label of your own' }];
}

/** Trap 6. */
const emptySections = ({ emptySections: sections }: CiliumRule, origin: Origin): Finding[] =>
  sections.map((section) => ({
    trap: 6,
    effect: 'fail-open',
    origin: { ...origin, path: section },
    message: `${section}: [] enforces nothing`,
    fix: section.endsWith('Deny') ? 'leave it out' : `for a default deny write ${section}: [{}]`,
  }));

function lintCilium(policy: CiliumPolicy, cluster: Cluster | undefined): Finding[] {
  const sections = ['ingress', 'egress', 'ingressDeny', 'egressDeny'] as const;
  const rules = policy.rules.flatMap((rule) => [
    ...ignoredLabels(rule, policy.origin),
    ...emptySections(rule, policy.origin),
    ...sections.flatMap((section) => rule[section].flatMap((entry) => lintEntry({ entry, section, cluster }))),
  ]);
  return [...invalid(policy), ...rules];
}

/** Trap 3. */
const zeroGroups = ({ cilium }: PolicySet): Finding[] =>
  cilium.groups.flatMap((group) =>
    group.cidrs
      .filter((cidr) => cidr.bits === 0)
      .map((cidr) => ({
        trap: 3,
        effect: 'cuts-off' as const,
        origin: group.origin,
        message: `${formatCidr(cidr)} in a CiliumCIDRGroup selects nothing (cilium#39688)`,
        fix: 'split it into two networks of half the size',
      })),
  );

const unlabelled = () => undefined;

/** Trap 11: a negative namespaceSelector of a global policy also matches global network sets. */
function lintCalico(policy: CalicoPolicy): Finding[] {
  if (policy.namespace !== undefined) return [];
  return [...policy.ingress, ...policy.egress]
    .filter(({ source, destination }) => [source, destination].some(matchesGlobalSets))
    .map(({ origin }) => ({
      trap: 11,
      effect: 'note',
      origin,
      message: 'this namespaceSelector also matches GlobalNetworkSets, which have no namespace',
      fix: 'add has(projectcalico.org/name) if only namespaces are meant',
    }));
}

const matchesGlobalSets = ({ namespaceSelector }: CalicoEntity): boolean =>
  namespaceSelector !== undefined && namespaceSelector.op !== 'global' && matches(combined({ namespaceSelector }, undefined)!, unlabelled);

/** Finds the measured traps (policy.md, "Where a translator goes wrong") in policies that people wrote; with a cluster, also those of addresses. */
export const lintPolicies = (policies: PolicySet, cluster?: Cluster): Finding[] => [
  ...policies.calico.policies.flatMap(lintCalico),
  ...policies.cilium.policies.flatMap((policy) => lintCilium(policy, cluster)),
  ...zeroGroups(policies),
  ...policies.kubernetes.flatMap((policy) => lintCilium(fromKubernetes(policy), cluster)),
];
