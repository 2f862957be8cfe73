import type { Draft } from '../../../kube/types.ts';
import { valueAt, type Json, type Values } from './chart.ts';
import { imageOf, partOf } from './cilium-agent.ts';

/** Envoy in pods of its own (the chart's default since 1.16). */
export function envoyDaemonSet(values: Values, namespace: string): Draft[] {
  const labels = { 'k8s-app': 'cilium-envoy', name: 'cilium-envoy', 'app.kubernetes.io/name': 'cilium-envoy', ...partOf };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'cilium-envoy', namespace } },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'cilium-envoy', namespace, labels },
      spec: {
        selector: { matchLabels: { 'k8s-app': 'cilium-envoy' } },
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'cilium-envoy',
                image: 'quay.io/cilium/cilium-envoy:v1.34.10',
                imagePullPolicy: valueAt(values, 'image.pullPolicy'),
                command: ['/usr/bin/cilium-envoy-starter'],
                args: ['--', '-c /var/run/cilium/envoy/bootstrap-config.json', '--base-id 0'],
                volumeMounts: [{ name: 'envoy-sockets', mountPath: '/var/run/cilium/envoy/sockets' }],
              },
            ],
            restartPolicy: 'Always',
            priorityClassName: 'system-node-critical',
            serviceAccountName: 'cilium-envoy',
            terminationGracePeriodSeconds: 1,
            hostNetwork: true,
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            tolerations: [{ operator: 'Exists' }],
            volumes: [{ name: 'envoy-sockets', hostPath: { path: '/var/run/cilium/envoy/sockets', type: 'DirectoryOrCreate' } }],
          },
        },
      },
    },
  ];
}

const service = (name: string, namespace: string, labels: Record<string, string>, selector: Record<string, string>, port: Json): Draft => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace, labels: { ...labels, ...partOf } },
  spec: { type: 'ClusterIP', selector, ports: [port] },
});

/** The agents' peer service, which every installation with Hubble has. */
export const hubblePeer = (values: Values, namespace: string): Draft =>
  service(
    'hubble-peer',
    namespace,
    { 'k8s-app': 'cilium', 'app.kubernetes.io/name': 'hubble-peer' },
    { 'k8s-app': 'cilium' },
    {
      name: 'peer-service',
      port: valueAt(values, 'hubble.tls.enabled') === false ? 80 : 443,
      protocol: 'TCP',
      targetPort: valueAt(values, 'hubble.peerService.targetPort') ?? 4244,
    },
  );

/** Deployment and Service hubble-relay. */
export function hubbleRelay(values: Values, namespace: string): Draft[] {
  const app = { 'k8s-app': 'hubble-relay' };
  const labels = { ...app, 'app.kubernetes.io/name': 'hubble-relay', ...partOf };
  const port = Number(valueAt(values, 'hubble.relay.listenPort'));
  const account = String(valueAt(values, 'serviceAccounts.relay.name'));
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'hubble-relay-config', namespace },
      data: { 'config.yaml': `peer-service: unix://${String(valueAt(values, 'hubble.socketPath'))}\nlisten-address: :${port}\n` },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'hubble-relay', namespace, labels },
      spec: {
        replicas: valueAt(values, 'hubble.relay.replicas'),
        selector: { matchLabels: app },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'hubble-relay',
                image: imageOf({ image: { ...(values['image'] as Values), repository: 'quay.io/cilium/hubble-relay' } }, 'image'),
                imagePullPolicy: valueAt(values, 'image.pullPolicy'),
                command: ['hubble-relay'],
                args: ['serve'],
                ports: [{ name: 'grpc', containerPort: port }],
              },
            ],
            restartPolicy: 'Always',
            serviceAccountName: account,
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 1,
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            volumes: [{ name: 'config', configMap: { name: 'hubble-relay-config' } }],
          },
        },
      },
    },
    service('hubble-relay', namespace, labels, app, { name: 'grpc', port: 80, protocol: 'TCP', targetPort: 'grpc' }),
  ];
}
