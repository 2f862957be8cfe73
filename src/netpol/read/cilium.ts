import type { CiliumCidrGroup, CiliumPolicy, CiliumRule, Origin } from '../model/policies.ts';
import { ciliumRule, InvalidRule } from './cilium-rule.ts';
import type { Document } from './documents.ts';

/** CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy. What the agent would not take is kept with the reason, and enforces nothing. */
export function ciliumPolicy({ field, origin }: Document): CiliumPolicy {
  const namespace = origin.kind === 'CiliumNetworkPolicy' ? (origin.namespace ?? 'default') : undefined;
  const { namespace: _given, ...rest } = origin;
  const here: Origin = namespace === undefined ? rest : { ...rest, namespace };
  const scope = namespace === undefined ? {} : { namespace };
  try {
    const rules: CiliumRule[] = [
      ...(field.get('spec').present ? [ciliumRule(field.get('spec'), here)] : []),
      ...(field.get('specs').map((spec) => ciliumRule(spec, here)) ?? []),
    ];
    return { origin: here, ...scope, rules };
  } catch (error) {
    if (!(error instanceof InvalidRule)) throw error;
    return { origin: here, ...scope, rules: [], invalid: error.message };
  }
}

export function ciliumCidrGroup({ field, origin }: Document): CiliumCidrGroup {
  return {
    origin,
    name: origin.name,
    labels: field.get('metadata').get('labels').labels(),
    cidrs:
      field
        .get('spec')
        .only('externalCIDRs')
        .get('externalCIDRs')
        .map((cidr) => cidr.cidr()) ?? [],
  };
}
