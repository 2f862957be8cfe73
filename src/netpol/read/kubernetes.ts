import type { LabelSelector } from '../../kube/types.ts';
import type { KubernetesPeer, KubernetesPolicy, KubernetesRule, Origin } from '../model/policies.ts';
import type { Document } from './documents.ts';
import type { Field } from './field.ts';
import { portOf } from './ports.ts';

/** A metav1.LabelSelector, checked. */
export function labelSelector(field: Field): LabelSelector {
  field.only('matchLabels', 'matchExpressions');
  const matchExpressions = field.get('matchExpressions').map((expression) => {
    const operator = expression.get('operator').oneOf('In', 'NotIn', 'Exists', 'DoesNotExist');
    const values = expression.get('values').strings() ?? [];
    if (operator.endsWith('In') !== values.length > 0)
      expression.get('values').fail(operator.endsWith('In') ? 'at least one value' : 'no values');
    return { key: expression.get('key').string(), operator, values };
  });
  return { matchLabels: field.get('matchLabels').labels(), ...(matchExpressions && { matchExpressions }) };
}

function peer(field: Field): KubernetesPeer {
  field.only('podSelector', 'namespaceSelector', 'ipBlock');
  if (field.keys().length === 0) return field.fail('a podSelector, a namespaceSelector or an ipBlock');
  const ipBlock = field.get('ipBlock').optional((block) => ({
    cidr: block.only('cidr', 'except').get('cidr').cidr(),
    except: block.get('except').map((item) => item.cidr()) ?? [],
  }));
  if (ipBlock) return { ipBlock };
  const podSelector = field.get('podSelector').optional(labelSelector);
  const namespaceSelector = field.get('namespaceSelector').optional(labelSelector);
  return { ...(podSelector && { podSelector }), ...(namespaceSelector && { namespaceSelector }) };
}

function rule(field: Field, direction: 'ingress' | 'egress', origin: Origin): KubernetesRule {
  const side = direction === 'ingress' ? 'from' : 'to';
  field.only(side, 'ports');
  const peers = field.get(side).map(peer);
  const ports = field.get('ports').map((item) => {
    item.only('protocol', 'port', 'endPort');
    const port = item.get('port').optional((f) => portOf(f, item.get('endPort')));
    const protocol = item.get('protocol').optional((f) => f.oneOf('TCP', 'UDP', 'SCTP')) ?? 'TCP';
    return { protocol: protocol.toLowerCase(), ...(port && { port }) };
  });
  return {
    origin: { ...origin, path: field.path },
    ...(peers && peers.length > 0 && { peers }),
    ...(ports && ports.length > 0 && { ports }),
  };
}

/** networking.k8s.io/v1 NetworkPolicy. */
export function kubernetesPolicy({ field, origin }: Document): KubernetesPolicy {
  const spec = field.get('spec').only('podSelector', 'policyTypes', 'ingress', 'egress');
  const namespace = origin.namespace ?? 'default';
  const here = { ...origin, namespace };
  const types = spec.get('policyTypes').map((type) => type.oneOf('Ingress', 'Egress'));
  return {
    origin: here,
    namespace,
    podSelector: labelSelector(spec.get('podSelector')),
    types: {
      ingress: types === undefined || types.length === 0 || types.includes('Ingress'),
      egress: types === undefined || types.length === 0 ? (spec.get('egress').list()?.length ?? 0) > 0 : types.includes('Egress'),
    },
    ingress: spec.get('ingress').map((item) => rule(item, 'ingress', here)) ?? [],
    egress: spec.get('egress').map((item) => rule(item, 'egress', here)) ?? [],
  };
}
