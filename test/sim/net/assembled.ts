import { VariableClock } from '../../../src/base/variable-clock.ts';
import * as r from '../../../src/kube/resources.ts';
import type { Pod } from '../../../src/kube/types.ts';
import { assemble, type Assembly } from '../../../src/sim/assembly.ts';
import { bootstrap, createAll, installCni, parseManifests } from '../../../src/sim/bootstrap/index.ts';
import { ciliumChart, ciliumVersion } from '../../../src/sim/tools/charts/cilium.ts';
import { installRelease } from '../../../src/sim/tools/helm/actions.ts';
import { Store } from '../../../src/sim/store/store.ts';

const demo = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: kindlab/web:1
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
        lifecycle: {preStop: {sleep: {seconds: 3}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: client, namespace: shop}
spec:
  selector: {matchLabels: {app: client}}
  template:
    metadata: {labels: {app: client}}
    spec:
      tolerations: [{operator: Exists}]
      containers:
      - name: c
        image: kindlab/probe:1
        args: [http://web.shop, http://web.shop.svc.cluster.local.]
`;

/** Values of migration.md §1. */
export const migrationValues = {
  operator: { replicas: 1, unmanagedPodWatcher: { restart: false } },
  routingMode: 'tunnel',
  tunnelProtocol: 'vxlan',
  tunnelPort: 8473,
  cni: { customConf: true, uninstall: false },
  ipam: { mode: 'cluster-pool', operator: { clusterPoolIPv4PodCIDRList: ['10.245.0.0/16'] } },
  policyEnforcementMode: 'never',
  bpf: { hostLegacyRouting: true },
};

/** A whole cluster in memory with the demo application, without sockets. */
export class Lab {
  readonly clock = new VariableClock(Date.parse('2026-11-23T17:00:00Z'));
  readonly assembly: Assembly;
  readonly failures: string[] = [];
  /** Requests by client's node: attempts that had an answer, and that had none. */
  readonly probes = new Map<string, { ok: number; lost: number }>();

  constructor() {
    this.assembly = assemble({
      store: Store.open(),
      clock: this.clock,
      topology: { name: 'mig', workers: 2, podCidr: '192.168.0.0/16' },
      seed: 7,
      onFailure: ({ controller, key, error }) => this.failures.push(`${controller} ${key}: ${String(error)}`),
    });
    this.assembly.network.onAttempt(({ request, result }) => {
      if (!('podUid' in request.from) || !request.host.startsWith('web.shop')) return;
      const node = this.assembly.nodes.sandboxTable.byUid(request.from.podUid)?.node ?? 'none';
      const seen = this.probes.get(node) ?? { ok: 0, lost: 0 };
      this.probes.set(node, seen);
      if (result.outcome === 'connected') seen.ok++;
      else seen.lost++;
    });
  }

  get api() {
    return this.assembly.api;
  }

  static async create(cni: 'calico' | 'cilium' | 'netkit'): Promise<Lab> {
    const lab = new Lab();
    const facts = { name: 'mig', podCidr: '192.168.0.0/16', caPem: 'pem', address: '172.18.0.4' };
    bootstrap(lab.api, facts, cni !== 'netkit');
    lab.assembly.start(facts.caPem);
    await lab.pass(15_000);
    await installCni({ api: lab.api, clock: lab.clock }, cni, facts, new AbortController().signal);
    await lab.pass(30_000);
    createAll(lab.api, parseManifests(demo));
    await lab.pass(20_000);
    return lab;
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  async until(what: string, holds: () => boolean, limitMs: number): Promise<number> {
    const start = this.clock.now();
    while (!holds()) {
      if (this.clock.now() - start > limitMs) throw new Error(`${what} did not come in ${limitMs} ms\n${this.show()}`);
      await this.pass(200);
    }
    return this.clock.now() - start;
  }

  pods(namespace: string, label: string): readonly Pod[] {
    return this.api.list(r.pods, { namespace, labelSelector: label });
  }

  pod(namespace: string, label: string, node: string): Pod {
    const found = this.pods(namespace, label).find((pod) => pod.spec?.nodeName === node && !pod.metadata.deletionTimestamp);
    if (!found) throw new Error(`no pod ${label} on ${node}`);
    return found;
  }

  async installCilium(): Promise<void> {
    await installRelease(
      { api: this.api, clock: this.clock },
      {
        name: 'cilium',
        namespace: 'kube-system',
        source: { chart: ciliumChart, version: ciliumVersion },
        values: migrationValues,
        signal: new AbortController().signal,
      },
    );
  }

  setMethod(method: string): void {
    this.api.modify(r.daemonSets, 'kube-system', 'calico-node', ({ spec }) => {
      const { env = [] } = spec!.template.spec!.containers[0]!;
      spec!.template.spec!.containers[0]!.env = [
        ...env.filter(({ name }) => name !== 'IP_AUTODETECTION_METHOD'),
        { name: 'IP_AUTODETECTION_METHOD', value: method },
      ];
    });
  }

  rolledOut(name: string): boolean {
    const ds = this.api.get(r.daemonSets, 'kube-system', name);
    return (
      ds?.status?.observedGeneration === ds?.metadata.generation && ds?.status?.updatedNumberScheduled === 3 && ds.status.numberReady === 3
    );
  }

  lost(): Record<string, number> {
    return Object.fromEntries([...this.probes].map(([node, { lost }]) => [node, lost]));
  }

  resetProbes(): void {
    this.probes.clear();
  }

  show(): string {
    return this.api
      .list(r.pods)
      .map(({ metadata, status, spec }) => {
        const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
        const restarts = status?.containerStatuses?.map((c) => `${c.restartCount} ${JSON.stringify(c.state)}`).join();
        return `${metadata.namespace}/${metadata.name} ${status?.phase} ready=${ready} ${status?.podIP} ${spec?.nodeName} ${restarts}`;
      })
      .join('\n');
  }
}
