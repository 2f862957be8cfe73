import { formatCidr, type Cidr } from '../../model/address.ts';
import type { KubernetesPeer, KubernetesPolicy, KubernetesRule, PortMatch } from '../../model/policies.ts';
import type { LabelSelector } from '../../../kube/types.ts';

const network = (cidr: Cidr): string => (formatCidr(cidr).includes('/') ? formatCidr(cidr) : `${formatCidr(cidr)}/${cidr.bits}`);

const tidy = ({ matchLabels, matchExpressions }: LabelSelector): object => ({
  ...(Object.keys(matchLabels ?? {}).length > 0 && { matchLabels }),
  ...((matchExpressions?.length ?? 0) > 0 && {
    matchExpressions: matchExpressions!.map(({ key, operator, values = [] }) => ({ key, operator, ...(values.length > 0 && { values }) })),
  }),
});

/** Negations alone would let the world in (trap 2): every namespace has its name as a label. */
const onlyNegative = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean =>
  Object.keys(matchLabels).length === 0 &&
  matchExpressions.length > 0 &&
  matchExpressions.every(({ operator }) => operator === 'NotIn' || operator === 'DoesNotExist');

const namespaces = (selector: LabelSelector): LabelSelector =>
  onlyNegative(selector)
    ? {
        ...selector,
        matchExpressions: [...selector.matchExpressions!, { key: 'kubernetes.io/metadata.name', operator: 'Exists', values: [] }],
      }
    : selector;

function peer({ ipBlock, podSelector, namespaceSelector }: KubernetesPeer): object {
  if (ipBlock) {
    const { cidr, except } = ipBlock;
    return { ipBlock: { cidr: network(cidr), ...(except.length > 0 && { except: except.map(network) }) } };
  }
  return {
    ...(podSelector && { podSelector: tidy(podSelector) }),
    ...(namespaceSelector && { namespaceSelector: tidy(namespaces(namespaceSelector)) }),
  };
}

const port = (match: PortMatch): object =>
  'name' in match ? { port: match.name } : { port: match.from, ...(match.to > match.from && { endPort: match.to }) };

const rule = ({ peers, ports }: KubernetesRule, side: 'from' | 'to'): object => ({
  ...(peers && { [side]: peers.map(peer) }),
  ...(ports && { ports: ports.map((p) => ({ protocol: p.protocol.toUpperCase(), ...(p.port && port(p.port)) })) }),
});

/** Whether something is added so that Cilium means what is written. */
export const isAmended = ({ ingress, egress }: KubernetesPolicy): boolean =>
  [...ingress, ...egress].some(({ peers }) => peers?.some((each) => each.namespaceSelector && onlyNegative(each.namespaceSelector)));

/** The spec of a NetworkPolicy that is kept. */
export const keptSpec = ({ podSelector, types, ingress, egress }: KubernetesPolicy): object => ({
  podSelector: tidy(podSelector),
  policyTypes: [...(types.ingress ? ['Ingress'] : []), ...(types.egress ? ['Egress'] : [])],
  ...(types.ingress && ingress.length > 0 && { ingress: ingress.map((each) => rule(each, 'from')) }),
  ...(types.egress && egress.length > 0 && { egress: egress.map((each) => rule(each, 'to')) }),
});
