import { $ } from 'zx';

const cluster = process.env.KINDLAB_CLUSTER;

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'ledger', namespace: 'shop' },
  spec: {
    nodeName: `${cluster}-worker`,
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'ledger', image: 'kindlab/web:2', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    volumes: [{ name: 'data', emptyDir: {} }],
  },
};
await $({ input: JSON.stringify(pod) })`kubectl apply -f -`;
await $`kubectl -n shop wait --for=condition=Ready pod/ledger --timeout=60s`;
