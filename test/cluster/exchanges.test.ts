import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/cli/context.ts';
import { simulatedProvider } from '../../src/cluster/simulated.ts';
import { evaluate } from '../../src/grade/evaluate.ts';
import { Check } from '../../src/grade/schema.ts';

const demo = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: kindlab/web:1, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop, labels: {app: client}}
spec: {containers: [{name: c, image: kindlab/probe:1, args: [http://db.shop]}]}
`;

/** What a learner applies too early: it admits labels that nobody has. */
const policy = JSON.stringify({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'db-from-nobody', namespace: 'shop' },
  spec: { podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] },
});

const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

test.skipIf(!kubectl)(
  `an invariant that a policy breaks fails with the moment and the policy, and its counterpart holds from then on${kubectl ? '' : ' (skipped: there is no kubectl)'}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kindlab-exchanges-'));
    const signal = AbortSignal.timeout(60_000);
    const spec = { name: 'inv', backend: 'simulated', cni: 'calico', workers: 1, kindConfig: 'calico', manifests: [demo] } as const;
    const provider = simulatedProvider(join(projectRoot(), 'kind-configs'));
    try {
      await using cluster = await provider.open(spec, { folder, signal, onProgress: () => {} });
      const judge = (more: object, since: number) => {
        const traffic = { namespace: 'shop', labelSelector: 'app=client', ...more };
        return evaluate(Check.parse({ id: 'c', title: 'client reaches db', traffic }), cluster, { since });
      };
      const begun = cluster.now();
      // Not spawnSync: the API server is in this process.
      await execa('kubectl', ['--kubeconfig', cluster.kubeconfigPath, 'apply', '-f', '-'], { input: policy });
      await sleep(2500);
      const broken = await judge({}, begun);
      expect(broken).toMatchObject({ status: 'fail' });
      expect(broken.evidence[0]!.observed).toMatch(
        /; at \d\d:\d\d:\d\d\.\d{3}: dropped by policy, ingress of shop\/db \(calico\).*NetworkPolicy shop\/db-from-nobody/,
      );
      const now = cluster.now();
      await sleep(500);
      expect(await judge({ expect: 'never', window: '100ms' }, now)).toMatchObject({ status: 'pass' });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  60_000,
);
