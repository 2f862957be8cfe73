import { describeOrigin, type PolicySet } from '../../model/policies.ts';
import type { Features } from '../options.ts';
import { addressesOf, cidrsOf } from '../region/addresses.ts';
import { groupName } from '../region/entity.ts';
import { formatCidr } from '../../model/address.ts';
import type { SourcePolicy } from '../flatten/source.ts';
import type { WrittenObject } from '../report.ts';
import { isAmended, keptSpec } from './kubernetes.ts';
import type { PolicyDraft, Written } from './policy.ts';

/** An object with what its parts say. */
export interface NamedPolicy {
  readonly source: SourcePolicy;
  readonly object: WrittenObject;
  readonly written: readonly Written[];
}

const sourceAnnotation = 'kindlab.dev/source';
export const rulesAnnotation = 'kindlab.dev/rules';

/** `NetworkPolicy shop/web spec.ingress[0] -> spec.ingress[0]`, a line for each rule and place, so that coverage needs the files alone. */
const rulesText = (source: SourcePolicy, written: readonly Written[]): string =>
  [
    ...new Set(
      written.flatMap(({ path, rules }) =>
        rules.length === 0
          ? [`${describeOrigin(source.policy.origin)} -> ${path} (default deny)`]
          : rules.map((rule) => `${describeOrigin(rule.rule.origin)} -> ${path}`),
      ),
    ),
  ].join('\n');

const annotations = (source: SourcePolicy, written: readonly Written[]) => ({
  [sourceAnnotation]: describeOrigin(source.policy.origin),
  [rulesAnnotation]: rulesText(source, written),
});

/** The CiliumNetworkPolicy, or the clusterwide one, of a source policy; undefined where it says nothing. */
export function objectOf(draft: PolicyDraft, taken: Set<string>): NamedPolicy | undefined {
  const { source } = draft;
  const { namespace, name } = { ...source.policy, name: source.policy.origin.name };
  const { specs, written } = draft.write();
  if (specs.length === 0) return undefined;
  const kind = namespace === undefined ? 'CiliumClusterwideNetworkPolicy' : 'CiliumNetworkPolicy';
  const key = (candidate: string) => `${kind} ${namespace} ${candidate}`;
  const free = [name, `${name}-knp`].find((candidate) => !taken.has(key(candidate))) ?? `${name}-${taken.size}`;
  taken.add(key(free));
  const object: WrittenObject = {
    apiVersion: 'cilium.io/v2',
    kind,
    metadata: { name: free, ...(namespace !== undefined && { namespace }), annotations: annotations(source, written) },
    ...(specs.length === 1 ? { spec: specs[0] } : { specs }),
  };
  return { source, object, written };
}

/** A NetworkPolicy that stays, with what had to be added. */
export function keptObject(source: SourcePolicy): NamedPolicy {
  const { kubernetes } = source;
  if (!kubernetes) throw new Error('only NetworkPolicies are kept');
  const { namespace } = kubernetes;
  const rules = new Map<string, Written>();
  for (const rule of source.rules) {
    const path = rule.rule.origin.path ?? 'spec';
    rules.set(path, { path, rules: [...(rules.get(path)?.rules ?? []), rule] });
  }
  const defaults = (['ingress', 'egress'] as const)
    .filter((direction) => source.policy.types[direction])
    .map((direction): Written => ({ path: `spec.${direction}`, rules: [] }));
  const written = [...rules.values(), ...defaults];
  const amended = isAmended(kubernetes) && {
    'kindlab.dev/added': 'kubernetes.io/metadata.name Exists, beside namespaceSelectors of nothing but negations',
  };
  const object: WrittenObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: kubernetes.origin.name, namespace, annotations: { ...annotations(source, written), ...amended } },
    spec: keptSpec(kubernetes),
  };
  return { source, object, written };
}

/** The CIDR groups that the policies refer to. */
export function groupObjects(policies: PolicySet, named: readonly NamedPolicy[], { groupApiVersion }: Features): WrittenObject[] {
  const used = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'cidrGroupRef' && typeof inner === 'string') used.add(inner);
      else collect(inner);
    }
  };
  for (const { object } of named) collect([object['spec'], object['specs']]);
  return policies.calico.networkSets
    .filter((set) => used.has(groupName(set)))
    .map((set) => ({
      apiVersion: groupApiVersion,
      kind: 'CiliumCIDRGroup',
      metadata: {
        name: groupName(set),
        ...(Object.keys(set.labels).length > 0 && { labels: set.labels }),
        annotations: { [sourceAnnotation]: describeOrigin(set.origin) },
      },
      spec: {
        externalCIDRs: cidrsOf(addressesOf(set.nets))
          .flatMap(halves)
          .map((cidr) => (cidr.includes('/') ? cidr : withLength(cidr))),
      },
    }));
}

const withLength = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;

/** A group's 0.0.0.0/0 selects nothing (trap 3). */
function halves(cidr: { family: 4 | 6; base: bigint; bits: number }): string[] {
  if (cidr.bits > 0) return [formatCidr(cidr)];
  const half = 1n << (cidr.family === 4 ? 31n : 127n);
  return [formatCidr({ ...cidr, bits: 1 }), formatCidr({ ...cidr, base: half, bits: 1 })];
}
