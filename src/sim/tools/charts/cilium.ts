import type { Draft } from '../../../kube/types.ts';
import { ChartError, mergeValues, schemaViolations, valueAt, type Chart, type Values } from './chart.ts';
import { agentDaemonSet } from './cilium-agent.ts';
import { ciliumConfig } from './cilium-config.ts';
import { envoyDaemonSet, hubblePeer, hubbleRelay } from './cilium-extras.ts';
import { operatorDeployment } from './cilium-operator.ts';
import { ciliumRbac } from './cilium-rbac.ts';
import { ciliumDefaults } from './cilium-values.ts';

/** The version that labs pin. */
export const ciliumVersion = '1.18.14';

/** Values that templates/validate.yaml knows. */
const choices: Record<string, readonly string[]> = {
  routingMode: ['', 'tunnel', 'native'],
  tunnelProtocol: ['', 'vxlan', 'geneve'],
  kubeProxyReplacement: ['true', 'false'],
  'bpf.datapathMode': ['veth', 'netkit', 'netkit-l2'],
};

export const ciliumChart: Chart = {
  repository: 'cilium',
  name: 'cilium',
  description: 'eBPF-based Networking, Security, and Observability',
  versions: ['1.20.2', '1.19.8', ciliumVersion],
  url: 'https://helm.cilium.io',
  defaults: ciliumDefaults,
  render(values, { namespace, version }) {
    validate(values, version);
    const hubble = valueAt(values, 'hubble.enabled') === true;
    return [
      ...ciliumRbac(values, namespace),
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cilium-config', namespace }, data: ciliumConfig(values) },
      ...(hubble ? [hubblePeer(values, namespace)] : []),
      ...(valueAt(values, 'envoy.enabled') === false ? [] : envoyDaemonSet(values, namespace)),
      agentDaemonSet(values, namespace),
      ...(valueAt(values, 'operator.enabled') === false ? [] : [operatorDeployment(values, namespace)]),
      ...(hubble && valueAt(values, 'hubble.relay.enabled') === true ? hubbleRelay(values, namespace) : []),
    ];
  },
  notes(values, { version }) {
    const extras =
      valueAt(values, 'hubble.enabled') !== true
        ? ''
        : valueAt(values, 'hubble.relay.enabled') === true
          ? ' with Hubble Relay'
          : ' with Hubble';
    const [major, minor] = version.split('.');
    return `You have successfully installed Cilium${extras}.\n\nYour release version is ${version}.\n\nFor any further help, visit https://docs.cilium.io/en/v${major}.${minor}/gettinghelp`;
  },
};

function validate(values: Values, version: string): void {
  const violations = schemaViolations(values, ciliumDefaults(version));
  if (violations.length > 0) {
    throw new ChartError(
      `values don't meet the specifications of the schema(s) in the following chart(s):\ncilium:\n${violations.join('\n')}`,
    );
  }
  for (const [path, allowed] of Object.entries(choices)) {
    const value = String(valueAt(values, path) ?? '');
    if (!allowed.includes(value)) {
      const list = allowed.filter((choice) => choice !== '').join(', ');
      throw new ChartError(`execution error at (cilium/templates/validate.yaml): ${path} is "${value}", expected one of ${list}`);
    }
  }
}

/** Cilium's objects for the values given, laid over the chart's own. For the installation of a whole cluster as for `helm install`. */
export function renderCilium(values: Values, target: { version?: string; namespace: string }): Draft[] {
  const version = target.version ?? ciliumVersion;
  return ciliumChart.render(mergeValues(ciliumDefaults(version), values), { name: 'cilium', namespace: target.namespace, version });
}
