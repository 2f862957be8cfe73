import type { Draft } from '../../../kube/types.ts';
import { valueAt, type Json, type Values } from './chart.ts';
import { configChecksum } from './cilium-config.ts';
import { apiServerEnv, given, identityEnv, imageOf, partOf } from './cilium-agent.ts';

/** Deployment cilium-operator. Its tolerations name no cordon: a drain evicts it, and it schedules elsewhere. */
export function operatorDeployment(values: Values, namespace: string): Draft {
  const selector = { 'io.cilium/app': 'operator', name: 'cilium-operator' };
  const labels = { ...selector, ...partOf, 'app.kubernetes.io/name': 'cilium-operator' };
  const replicas = valueAt(values, 'operator.replicas');
  const strategy = valueAt(values, 'operator.updateStrategy');
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cilium-operator', namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: selector },
      // The anti-affinity would hold up the update of a single replica on a single node.
      strategy: replicas === 1 ? { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '100%' } } : strategy,
      template: {
        metadata: {
          labels,
          annotations: {
            'prometheus.io/port': String(valueAt(values, 'operator.prometheus.port')),
            'prometheus.io/scrape': 'true',
            ...(valueAt(values, 'operator.rollOutPods') === true && configChecksum(values)),
          },
        },
        spec: {
          securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
          containers: [operatorContainer(values)],
          hostNetwork: valueAt(values, 'operator.hostNetwork'),
          ...given('dnsPolicy', valueAt(values, 'operator.dnsPolicy')),
          restartPolicy: 'Always',
          priorityClassName: valueAt(values, 'operator.priorityClassName') || 'system-cluster-critical',
          serviceAccountName: valueAt(values, 'serviceAccounts.operator.name'),
          automountServiceAccountToken: valueAt(values, 'serviceAccounts.operator.automount'),
          ...given('affinity', valueAt(values, 'operator.affinity')),
          ...given('nodeSelector', valueAt(values, 'operator.nodeSelector')),
          tolerations: [
            ...((valueAt(values, 'operator.tolerations') as Json[] | undefined) ?? []),
            { key: valueAt(values, 'agentNotReadyTaintKey'), operator: 'Exists' },
          ],
          volumes: [{ name: 'cilium-config-path', configMap: { name: 'cilium-config' } }],
        },
      },
    },
  };
}

function operatorContainer(values: Values) {
  const healthz = {
    ...(valueAt(values, 'operator.hostNetwork') === true && { host: '127.0.0.1' }),
    path: '/healthz',
    port: 9234,
    scheme: 'HTTP',
  };
  const port = valueAt(values, 'operator.prometheus.port');
  return {
    name: 'cilium-operator',
    image: imageOf(values, 'operator.image', '-generic'),
    imagePullPolicy: valueAt(values, 'operator.image.pullPolicy'),
    command: ['cilium-operator-generic'],
    args: [
      '--config-dir=/tmp/cilium/config-map',
      '--debug=$(CILIUM_DEBUG)',
      ...((valueAt(values, 'operator.extraArgs') as string[] | undefined) ?? []),
    ],
    env: [
      ...identityEnv,
      { name: 'CILIUM_DEBUG', valueFrom: { configMapKeyRef: { key: 'debug', name: 'cilium-config', optional: true } } },
      ...apiServerEnv(values),
    ],
    ports: [{ name: 'prometheus', containerPort: port, hostPort: port, protocol: 'TCP' }],
    livenessProbe: { httpGet: healthz, initialDelaySeconds: 60, periodSeconds: 10, timeoutSeconds: 3 },
    readinessProbe: { httpGet: healthz, initialDelaySeconds: 0, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 5 },
    ...given('resources', valueAt(values, 'operator.resources')),
    securityContext: { capabilities: { drop: ['ALL'] }, allowPrivilegeEscalation: false },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [{ name: 'cilium-config-path', mountPath: '/tmp/cilium/config-map', readOnly: true }],
  };
}
