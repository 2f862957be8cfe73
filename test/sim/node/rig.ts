import { FlowLog } from '../../../src/sim/net/flows/flow-log.ts';
import { VariableClock } from '../../../src/base/variable-clock.ts';
import * as r from '../../../src/kube/resources.ts';
import type { Container, ContainerStatus, Pod, PodSpec } from '../../../src/kube/types.ts';
import type { ApiClient } from '../../../src/sim/api/client.ts';
import { createApiClient } from '../../../src/sim/api/in-process.ts';
import { Catalog } from '../../../src/sim/api/registry/catalog.ts';
import { CniError, type CniPlugin } from '../../../src/sim/net/cni.ts';
import type { ConnectRequest, ConnectResult, Network, Outcome, SandboxTable } from '../../../src/sim/net/network.ts';
import type { ImageBehaviour } from '../../../src/sim/node/image.ts';
import { createNodes, type Nodes } from '../../../src/sim/node/nodes.ts';
import { seededRandom } from '../../../src/sim/random.ts';
import { Store } from '../../../src/sim/store/store.ts';

export const born = Date.parse('2026-11-23T17:00:00Z');

const nodeOwners: Record<string, string> = { '172.18.0.3': 'node:lab-control-plane', '172.18.0.2': 'node:lab-worker' };

/** A network in which every sandbox reaches every other, by address; `outcomes` decides by host name. */
export class FlatNetwork implements Network {
  readonly outcomes = new Map<string, Outcome>();
  readonly #sandboxes: SandboxTable;
  asked = 0;

  constructor(sandboxes: SandboxTable) {
    this.#sandboxes = sandboxes;
  }

  connect({ host, port, protocol, http, datagram }: ConnectRequest): ConnectResult {
    this.asked++;
    const forced = this.outcomes.get(host);
    const sandbox = this.#sandboxes.byIp(host);
    const owner = sandbox?.podUid ?? nodeOwners[host];
    const listener = owner === undefined ? undefined : this.#sandboxes.listener(owner, port, protocol === 'UDP' ? 'UDP' : 'TCP');
    const outcome = forced ?? (listener ? 'connected' : sandbox ? 'refused' : 'timeout');
    const answer =
      http && outcome === 'connected'
        ? (listener?.serve?.({ ...http, host, source: '10.0.0.9' }) ?? { status: 200, body: 'ok' })
        : undefined;
    const reply = datagram === undefined ? undefined : listener?.datagram?.(datagram, '10.0.0.9');
    return {
      outcome,
      reason: '',
      address: /^\d/.test(host) ? host : '10.96.0.7',
      latencyMs: 1,
      trace: [],
      ...(reply !== undefined && { datagram: reply }),
      ...(answer && { response: { ...answer, headers: answer.headers ?? {} } }),
    };
  }

  resolve = () => ({ outcome: 'resolved', reason: '', name: 'web', addresses: ['10.96.0.7'], server: '10.96.0.10', latencyMs: 1 }) as const;
  onAttempt = () => () => {};
  flows = new FlowLog();
  policies = { revision: 1, snapshot: () => undefined, isolation: () => ({ ingress: false, egress: false }) };
}

/** Gives addresses in the order of asking; `broken` makes ADD fail with that text. */
export class CountingPlugin implements CniPlugin {
  readonly type = 'ptp';
  readonly cni = 'ptp';
  broken: string | undefined;
  readonly attached = new Map<string, string>();
  #next = 2;

  add(_machine: unknown, pod: Pod): { ip: string; device: string } {
    if (this.broken) throw new CniError(this.broken);
    const ip = `10.244.1.${this.#next++}`;
    this.attached.set(pod.metadata.uid, ip);
    return { ip, device: `veth${this.#next}` };
  }

  del(_machine: unknown, pod: Pod): void {
    this.attached.delete(pod.metadata.uid);
  }
}

/** Real API, real nodes; one plugin, and a network without obstacles. */
export class NodeRig {
  readonly store: Store;
  readonly clock: VariableClock;
  readonly api: ApiClient;
  readonly plugin = new CountingPlugin();
  nodes: Nodes;
  network: FlatNetwork;
  readonly #makeNodes: () => Nodes;

  /** `from` is the store of a rig before, as after a kill -9. */
  constructor(options: { from?: NodeRig; images?: readonly ImageBehaviour[]; cni?: boolean } = {}) {
    const { from } = options;
    this.store = from?.store ?? Store.open();
    this.clock = new VariableClock(from?.clock.now() ?? born);
    const random = seededRandom(from ? 2 : 1);
    this.api = createApiClient({ store: this.store, clock: this.clock, random, catalog: new Catalog(this.store) });
    if (!from) {
      const priorityClasses = this.api.resource('scheduling.k8s.io', 'priorityclasses')!;
      this.api.create(priorityClasses, { metadata: { name: 'system-node-critical' }, value: 2000001000 });
      for (const name of ['kube-system', 'kube-node-lease', 'default', 'shop']) {
        this.api.create(r.namespaces, { metadata: { name } });
        this.api.create(r.serviceAccounts, { metadata: { name: 'default', namespace: name } });
        this.api.create(r.configMaps, { metadata: { name: 'kube-root-ca.crt', namespace: name }, data: { 'ca.crt': '' } });
      }
    }
    this.#makeNodes = () =>
      createNodes({
        api: this.api,
        clock: this.clock,
        random,
        machines: [
          { name: 'lab-control-plane', role: 'control-plane', address: '172.18.0.3' },
          { name: 'lab-worker', role: 'worker', address: '172.18.0.2', podCidr: '10.244.1.0/24' },
        ],
        plugins: [this.plugin],
        images: options.images ?? [],
      });
    this.nodes = this.#makeNodes();
    this.network = new FlatNetwork(this.nodes.sandboxTable);
    this.nodes.useNetwork(this.network);
    if (!from && options.cni !== false) this.installCni();
    this.nodes.start();
  }

  snapshot(name: string): void {
    this.nodes.flush();
    this.store.snapshot(name);
  }

  /** As the assembly does it. */
  rewind(name: string): void {
    this.nodes.stop();
    this.store.rewind(name);
    this.nodes = this.#makeNodes();
    this.network = new FlatNetwork(this.nodes.sandboxTable);
    this.nodes.useNetwork(this.network);
    this.nodes.start();
  }

  installCni(): void {
    for (const machine of this.nodes.machines) machine.files.write('/etc/cni/net.d/10-ptp.conflist', '{"plugins":[{"type":"ptp"}]}');
  }

  get worker() {
    return this.nodes.machine('lab-worker')!;
  }

  create(name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}): Pod {
    return this.api.create(r.pods, {
      metadata: { name, namespace: 'shop' },
      spec: { nodeName: 'lab-worker', containers: [{ name: 'c', image: 'kindlab/web:2', ...container }], ...spec },
    });
  }

  pod(name: string): Pod | undefined {
    return this.api.get(r.pods, 'shop', name);
  }

  container(name: string): ContainerStatus {
    return this.pod(name)!.status!.containerStatuses![0]!;
  }

  /** Reasons of a pod's events, in the order that they were written. */
  events(name: string): string[] {
    return this.api
      .list(r.events)
      .filter(({ involvedObject }) => involvedObject.name === name)
      .toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  condition(name: string, type: string): string | undefined {
    return this.pod(name)?.status?.conditions?.find((condition) => condition.type === type)?.status;
  }

  async log(pod: string, options: { previous?: boolean } = {}): Promise<string> {
    let text = '';
    const target = { namespace: 'shop', pod, container: 'c' };
    for await (const chunk of this.nodes.nodeAccess.logs(target, { ...options, signal: new AbortController().signal })) text += chunk;
    return text;
  }

  async exec(pod: string, ...argv: string[]): Promise<{ code: number; out: string }> {
    let out = '';
    const take = (text: string) => void (out += text);
    const run = this.nodes.podExec({ namespace: 'shop', pod }, { argv, stdout: take, stderr: take, signal: new AbortController().signal });
    return { code: await run, out };
  }
}
