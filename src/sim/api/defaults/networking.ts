import type { JsonObject } from '../../../kube/json.ts';
import { at, each, fill, make } from './fill.ts';

function networkPolicy(object: JsonObject): void {
  const spec = make(object, 'spec');
  const egress = Array.isArray(spec.egress) && spec.egress.length > 0;
  if (!Array.isArray(spec.policyTypes) || spec.policyTypes.length === 0) spec.policyTypes = egress ? ['Ingress', 'Egress'] : ['Ingress'];
  for (const rule of [...each(spec, 'ingress'), ...each(spec, 'egress')]) {
    for (const port of each(rule, 'ports')) fill(port, { protocol: 'TCP' });
  }
}

function ingressClass(object: JsonObject): void {
  const parameters = at(at(object, 'spec'), 'parameters');
  if (parameters) fill(parameters, { scope: 'Cluster' });
}

function endpointSlice(object: JsonObject): void {
  for (const port of each(object, 'ports')) {
    port.name ??= '';
    fill(port, { protocol: 'TCP' });
  }
}

export const networking: Readonly<Record<string, (object: JsonObject) => void>> = {
  'networking.k8s.io/v1/NetworkPolicy': networkPolicy,
  'networking.k8s.io/v1/IngressClass': ingressClass,
  'discovery.k8s.io/v1/EndpointSlice': endpointSlice,
};
