import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { pod } from './manifests.ts';

const gated = { schedulingGates: [{ name: 'e.com/g' }] };
const one = (container: object) => pod('p', { ...gated, containers: [{ name: 'c', image: 'i', ...container }] });
const post = (spec: object) => (api: Api) => api.post('pods', pod('p', { ...gated, ...spec }));

/** Pods: defaults, admission and what is refused. */
export const pods: Group = {
  name: 'pods',
  cases: {
    'probes are defaulted': (api) =>
      api.post(
        'pods',
        one({
          livenessProbe: { httpGet: { port: 80 } },
          readinessProbe: { exec: { command: ['true'] } },
          startupProbe: { grpc: { port: 1 } },
        }),
      ),
    'volumes are defaulted': post({
      volumes: [
        { name: 'a', emptyDir: {} },
        { name: 'b', configMap: { name: 'm' } },
        { name: 'd', secret: { secretName: 's' } },
        { name: 'e', hostPath: { path: '/x' } },
        { name: 'f', downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        { name: 'g', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
      ],
    }),
    'env from fields': (api) => api.post('pods', one({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] })),
    'a guaranteed pod': (api) => api.post('pods', one({ resources: { limits: { cpu: '1', memory: '1Gi' } } })),
    'a burstable pod': (api) => api.post('pods', one({ resources: { requests: { cpu: '1' } } })),
    'the latest image is always pulled': (api) => api.post('pods', one({ image: 'nginx:latest' })),
    'a tagged image is pulled once': (api) => api.post('pods', one({ image: 'nginx:1.27' })),
    'a digest is pulled once': (api) => api.post('pods', one({ image: `nginx@sha256:${'a'.repeat(64)}` })),
    'an init container': post({ initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always' }] }),
    'the host network': post({ hostNetwork: true, containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] }),
    'no token': post({ automountServiceAccountToken: false }),
    'tolerations are kept': post({
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }],
    }),
    'a priority class': post({ priorityClassName: 'system-cluster-critical' }),
    'a priority class that is none': post({ priorityClassName: 'none' }),
    'a service account that is none': post({ serviceAccountName: 'none' }),
    'a status is ignored': (api) => api.post('pods', { ...pod('p', gated), status: { phase: 'Running' } }),
    'no containers': post({ containers: [] }),
    'no spec': (api) => api.post('pods', { metadata: { name: 'p' } }),
    'a container without name and image': post({ containers: [{}] }),
    'two containers of one name': post({
      containers: [
        { name: 'c', image: 'i' },
        { name: 'c', image: 'i' },
      ],
    }),
    'a bad name of a container': post({ containers: [{ name: 'C_', image: 'i' }] }),
    'a bad name of a pod': (api) => api.post('pods', pod('Not_Valid')),
    'a name that is too long': (api) => api.post('pods', pod('x'.repeat(254))),
    'a bad restart policy': post({ restartPolicy: 'Sometimes' }),
    'a bad DNS policy': post({ dnsPolicy: 'Maybe' }),
    'DNS policy None without config': post({ dnsPolicy: 'None' }),
    'a bad image pull policy': (api) => api.post('pods', one({ imagePullPolicy: 'Perhaps' })),
    'a port out of range': (api) => api.post('pods', one({ ports: [{ containerPort: 70000 }] })),
    'a port of a bad protocol': (api) => api.post('pods', one({ ports: [{ containerPort: 80, protocol: 'ICMP' }] })),
    'a bad name of a port': (api) => api.post('pods', one({ ports: [{ containerPort: 80, name: 'Not A Name' }] })),
    'two ports of one name': (api) =>
      api.post(
        'pods',
        one({
          ports: [
            { containerPort: 80, name: 'a' },
            { containerPort: 81, name: 'a' },
          ],
        }),
      ),
    'a bad name of a variable': (api) => api.post('pods', one({ env: [{ name: 'A=B', value: '' }] })),
    'a variable with value and source': (api) =>
      api.post('pods', one({ env: [{ name: 'A', value: '1', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] })),
    'a variable from a field that is none': (api) =>
      api.post('pods', one({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.none' } } }] })),
    'a mount of a volume that is none': (api) => api.post('pods', one({ volumeMounts: [{ name: 'v', mountPath: '/v' }] })),
    'a mount without a path': post({
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v' }] }],
    }),
    'two mounts at one path': post({
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [
        {
          name: 'c',
          image: 'i',
          volumeMounts: [
            { name: 'v', mountPath: '/v' },
            { name: 'v', mountPath: '/v' },
          ],
        },
      ],
    }),
    'a volume of two kinds': post({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] }),
    'a volume of no kind': post({ volumes: [{ name: 'v' }] }),
    'two volumes of one name': post({
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'v', emptyDir: {} },
      ],
    }),
    'requests above limits': (api) => api.post('pods', one({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } })),
    'a negative request': (api) => api.post('pods', one({ resources: { requests: { cpu: '-1' } } })),
    'a resource without a domain': (api) => api.post('pods', one({ resources: { limits: { nonsense: '1' } } })),
    'a probe of two kinds': (api) => api.post('pods', one({ livenessProbe: { httpGet: { port: 80 }, exec: { command: ['x'] } } })),
    'a probe of no kind': (api) => api.post('pods', one({ livenessProbe: { periodSeconds: 5 } })),
    'a probe with bad times': (api) =>
      api.post('pods', one({ livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: -1, successThreshold: 2 } })),
    'a probe of a port that is none': (api) => api.post('pods', one({ livenessProbe: { tcpSocket: { port: 'UPPER' } } })),
    'a bad toleration': post({ tolerations: [{ key: 'a', operator: 'Near' }] }),
    'a toleration with a value that must not be': post({ tolerations: [{ key: 'a', operator: 'Exists', value: 'x' }] }),
    'a toleration without a key': post({ tolerations: [{ value: 'x' }] }),
    'a bad node selector': post({ nodeSelector: { 'a b': 'c' } }),
    'a bad affinity': post({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Near' }] }] },
        },
      },
    }),
    'an anti-affinity without topology': post({
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: {} }] } },
    }),
    'a spread that is bad': post({ topologySpreadConstraints: [{ maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'Cry' }] }),
    'a bad security context': (api) =>
      api.post('pods', one({ securityContext: { runAsUser: -1, allowPrivilegeEscalation: false, privileged: true } })),
    'a negative grace period': post({ terminationGracePeriodSeconds: -5 }),
    'a deadline of zero': post({ activeDeadlineSeconds: 0 }),
    'a bad host name': post({ hostname: 'Bad_Host' }),
    'a host alias that is bad': post({ hostAliases: [{ ip: 'x', hostnames: ['-'] }] }),
    'a bad runtime class': post({ runtimeClassName: 'none' }),
    'a bad label': (api) => api.post('pods', pod('p', gated, { labels: { 'a b': 'x', ok: 'not ok!' } })),
    'a bad annotation': (api) => api.post('pods', pod('p', gated, { annotations: { 'a b': 'x' } })),
    'annotations that are too large': (api) => api.post('pods', pod('p', gated, { annotations: { big: 'x'.repeat(262_145) } })),
    'a duplicate gate': post({ schedulingGates: [{ name: 'a' }, { name: 'a' }] }),
    'gates on a node': post({ nodeName: 'n' }),
    'an unknown OS': post({ os: { name: 'plan9' } }),
    'a lifecycle hook of no kind': (api) => api.post('pods', one({ lifecycle: { preStop: {} } })),
    'ephemeral containers at creation': post({ ephemeralContainers: [{ name: 'e', image: 'i' }] }),
    'an init container with a probe': post({ initContainers: [{ name: 'i', image: 'i', readinessProbe: { tcpSocket: { port: 1 } } }] }),
    'a bad service account name': post({ serviceAccountName: 'Bad_Name' }),
    'a readiness gate that is bad': post({ readinessGates: [{ conditionType: 'a b' }] }),
    'a working directory and a command': (api) =>
      api.post('pods', one({ workingDir: '/x', command: ['a'], args: ['b'], tty: true, stdin: true })),
    'a bad termination message policy': (api) => api.post('pods', one({ terminationMessagePolicy: 'Sometimes' })),
    'a config map volume with a bad mode': post({ volumes: [{ name: 'v', configMap: { name: 'm', defaultMode: 9999 } }] }),
    'an empty config map name': post({
      volumes: [
        { name: 'v', secret: {} },
        { name: 'w', configMap: {} },
      ],
    }),
    'a host path that is no type': post({ volumes: [{ name: 'v', hostPath: { path: '../x', type: 'Nothing' } }] }),
    'an image with spaces': (api) => api.post('pods', one({ image: ' nginx ' })),
  },
};
