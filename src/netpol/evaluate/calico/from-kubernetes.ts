import type { CalicoEntity, CalicoPolicy, CalicoRule, KubernetesPeer, KubernetesPolicy, KubernetesRule } from '../../model/policies.ts';
import { and, equal, fromLabelSelector, type Selector } from '../../selector/selector.ts';

const pods = (selector: Selector): Selector => and(equal('projectcalico.org/orchestrator', 'k8s'), selector);

function entityOf({ ipBlock, podSelector, namespaceSelector }: KubernetesPeer): CalicoEntity {
  if (ipBlock) return { nets: [ipBlock.cidr], ...(ipBlock.except.length > 0 && { notNets: ipBlock.except }) };
  return {
    selector: pods(fromLabelSelector(podSelector ?? {})),
    ...(namespaceSelector && { namespaceSelector: fromLabelSelector(namespaceSelector) }),
  };
}

/** One rule for each peer and protocol: a rule of Calico's has one of each. */
function rules(rule: KubernetesRule, direction: 'ingress' | 'egress'): CalicoRule[] {
  const peers = rule.peers?.map(entityOf) ?? [{}];
  const ports = rule.ports ?? [undefined];
  return peers.flatMap((peer) =>
    ports.map((port) => {
      const at: CalicoEntity = port?.port ? { ports: [port.port] } : {};
      return {
        origin: rule.origin,
        action: 'Allow',
        ...(port && { protocol: port.protocol }),
        source: direction === 'ingress' ? peer : {},
        destination: direction === 'ingress' ? at : { ...peer, ...at },
        http: false,
      };
    }),
  );
}

/** A Kubernetes NetworkPolicy as Calico enforces it: in the default tier at order 1000 (policy.md, "Evaluation"). */
export function fromKubernetes(policy: KubernetesPolicy): CalicoPolicy {
  return {
    origin: policy.origin,
    name: `knp.default.${policy.origin.name}`,
    namespace: policy.namespace,
    tier: 'default',
    order: 1000,
    selector: pods(fromLabelSelector(policy.podSelector)),
    types: policy.types,
    ingress: policy.ingress.flatMap((rule) => rules(rule, 'ingress')),
    egress: policy.egress.flatMap((rule) => rules(rule, 'egress')),
    staged: false,
    applyOnForward: false,
    preDNAT: false,
    doNotTrack: false,
  };
}
