import type { DaemonSet, Deployment, Draft, Service, StatefulSet } from '../../../src/kube/types.ts';

const template = (app: string, spec: object = {}) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'c', image: 'nginx:1' }], ...spec },
});

export const deployment = (name: string, replicas: number, spec: object = {}, pod: object = {}): Draft<Deployment> => ({
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    progressDeadlineSeconds: 600,
    revisionHistoryLimit: 10,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    selector: { matchLabels: { app: name } },
    template: template(name, pod),
    ...spec,
  },
});

export const daemonSet = (name: string, spec: object = {}, pod: object = {}): Draft<DaemonSet> => ({
  metadata: { name, namespace: 'default' },
  spec: {
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    selector: { matchLabels: { app: name } },
    template: template(name, pod),
    ...spec,
  },
});

export const statefulSet = (name: string, replicas: number, spec: object = {}): Draft<StatefulSet> => ({
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    serviceName: name,
    podManagementPolicy: 'OrderedReady',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    selector: { matchLabels: { app: name } },
    template: template(name),
    ...spec,
  },
});

export const service = (name: string, spec: object = {}): Draft<Service> => ({
  metadata: { name, namespace: 'default' },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }], ...spec },
});

/** For sorting numbers or texts. */
export const ascending = <T extends string | number | undefined>(a: T, b: T): number => (a === b ? 0 : a! < b! ? -1 : 1);
