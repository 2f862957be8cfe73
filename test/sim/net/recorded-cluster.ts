import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { projectRoot } from '../../../src/cli/context.ts';
import * as r from '../../../src/kube/resources.ts';
import type { KubeObject, Pod } from '../../../src/kube/types.ts';
import { readCases } from '../../../src/netpol/verify/read-cases.ts';
import { settingsOf, type RecordedCase } from '../../../src/netpol/verify/recording.ts';
import type { ConnectRequest, ConnectResult, Origin } from '../../../src/sim/net/network.ts';
import { Rig } from './rig.ts';

const folder = process.env['KINDLAB_RECORDED_POLICY'] ?? join(projectRoot(), '..', 'shared', 'facts', 'recorded', 'policy');
/** Why the recorded verdicts cannot be compared; undefined where they can. */
export const missing = existsSync(folder) ? undefined : `${folder} is not here`;
export const recordedCases = (name: string): RecordedCase[] => readCases(name, readFileSync(join(folder, name), 'utf8'));

interface Description {
  nodes: Record<string, string>;
  namespaces: Record<string, Record<string, string>>;
  serviceAccounts: { namespace: string; name: string; labels: Record<string, string> }[];
  pods: {
    namespace: string;
    name: string;
    labels: Record<string, string>;
    node: string;
    serviceAccount: string;
    namedPorts: Record<string, number>;
  }[];
  services: {
    namespace: string;
    name: string;
    type: 'ClusterIP';
    selector: Record<string, string> | null;
    endpoints?: string[];
    ports: { name?: string; port: number; targetPort: number; nodePort?: number }[];
  }[];
}

const outside = '172.17.0.8';
/** With both CNIs, w2 had moved to Cilium (recorded/policy/README.md). */
const pluginOf = (engine: RecordedCase['engine'], node: string) =>
  engine === 'calico' || (engine === 'mixed' && node !== 'w2') ? 'calico' : 'cilium-cni';

/** The cluster that the verdicts were measured on, simulated: agents, plugins, services, and the machine outside. */
export class RecordedCluster {
  readonly rig: Rig;
  readonly #description: Description;
  readonly #pods = new Map<string, Pod>();

  private constructor() {
    this.#description = parse(readFileSync(join(folder, 'cluster.yaml'), 'utf8')) as Description;
    this.rig = new Rig(['cp', 'w1', 'w2'], ['172.17.0.5', '172.17.0.6', '172.17.0.7']);
    for (const address of [outside, '203.0.113.7', '198.51.100.1', '203.0.113.200']) this.rig.outside.set(address, () => ({}));
  }

  static async create(recorded: RecordedCase): Promise<RecordedCluster> {
    const made = new RecordedCluster();
    const { rig } = made;
    const { engine, settings } = recorded;
    if (settings.startsWith('hostfw'))
      for (const name of ['cp', 'w1', 'w2'])
        rig.api.modify(r.nodes, undefined, name, ({ metadata }) => void (metadata.labels!['hostgrp'] = name));
    if (engine !== 'cilium') await rig.installCalico({ IP_AUTODETECTION_METHOD: 'kubernetes-internal-ip' });
    if (engine !== 'calico') await rig.installCilium(agentOptions(recorded));
    made.#deploy(engine);
    await rig.pass(1000);
    return made;
  }

  #deploy(engine: RecordedCase['engine']): void {
    const { rig } = this;
    const { namespaces, serviceAccounts, pods, services } = this.#description;
    for (const [name, labels] of Object.entries(namespaces))
      rig.api.modify(r.namespaces, undefined, name, ({ metadata }) => void (metadata.labels = labels));
    for (const { namespace, name, labels } of serviceAccounts) rig.api.create(r.serviceAccounts, { metadata: { namespace, name, labels } });
    for (const { namespace, name, labels, node, serviceAccount, namedPorts } of pods) {
      const ports = Object.entries(namedPorts).map(([portName, containerPort]) => ({ name: portName, containerPort }));
      const pod = rig.api.create(r.pods, {
        metadata: { namespace, name, labels },
        spec: { nodeName: node, serviceAccountName: serviceAccount, containers: [{ name: 'c', image: 'busybox', ports }] },
      });
      rig.attach(pod, pluginOf(engine, node));
      this.#pods.set(`${namespace}/${name}`, pod);
    }
    for (const service of services) this.#service(service);
    this.#endpoints('default', 'kubernetes', 'https', 6443, [{ ip: '172.17.0.5' }]);
    rig.api.create(r.services, {
      metadata: { namespace: 'default', name: 'kubernetes' },
      spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
    });
  }

  #service({ namespace, name, type, selector, endpoints, ports }: Description['services'][number]): void {
    const named = ports.map((port) => ({ name: 'p', ...port }));
    this.rig.api.create(r.services, { metadata: { namespace, name }, spec: { type, ...(selector && { selector }), ports: named } });
    const chosen = [...this.#pods.values()].filter(
      ({ metadata }) =>
        metadata.namespace === namespace && Object.entries(selector ?? { none: 'none' }).every(([k, v]) => metadata.labels?.[k] === v),
    );
    const ends = [
      ...chosen.map((pod) => ({ ip: this.rig.ip(pod), pod })),
      ...(endpoints ?? []).map((text) => ({ ip: text.split(':')[0]! })),
    ];
    for (const { name: portName, targetPort } of named) this.#endpoints(namespace, name, portName, targetPort, ends);
  }

  #endpoints(namespace: string, service: string, portName: string, port: number, ends: { ip: string; pod?: Pod }[]): void {
    this.rig.api.create(r.endpointSlices, {
      metadata: { namespace, name: `${service}-${portName}`, labels: { 'kubernetes.io/service-name': service } },
      addressType: 'IPv4',
      ports: [{ name: portName, port, protocol: 'TCP' }],
      endpoints: ends.map(({ ip, pod }) => ({
        addresses: [ip],
        conditions: { ready: true },
        ...(pod && { nodeName: pod.spec!.nodeName!, targetRef: { kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid } }),
      })),
    });
  }

  /** Applies a case's policies through the API; what it returns takes them away again. Policies that the API refuses are left out. */
  async apply({ policies }: RecordedCase): Promise<() => Promise<void>> {
    const { api } = this.rig;
    const objects = parseAllDocuments(policies).flatMap((document) => {
      const object = document.toJS() as KubeObject | null | 'none';
      return object === null || object === 'none' ? [] : [object];
    });
    const made = objects.map((object) => {
      // The manifest install keeps Calico's own objects in its CRDs.
      const apiVersion = object.apiVersion!.replace('projectcalico.org/v3', 'crd.projectcalico.org/v1');
      const resource = api.resourceOf(apiVersion, object.kind!);
      if (!resource) throw new Error(`no resource ${apiVersion} ${object.kind}`);
      const namespace = resource.namespaced ? (object.metadata.namespace ?? 'default') : undefined;
      const metadata = { ...object.metadata, ...(namespace && { namespace }) };
      api.create(resource, { ...object, apiVersion, metadata });
      return () => api.delete(resource, namespace, object.metadata.name);
    });
    await this.rig.pass(100);
    return async () => {
      for (const undo of made) undo();
      await this.rig.pass(100);
    };
  }

  /** Sends the packet of a recorded verdict. */
  send([from, to, protocol, port]: RecordedCase['verdicts'][number], sourcePort?: number): ConnectResult {
    const icmp = protocol === 'icmp' ? { icmp: { type: port, code: 0 } } : {};
    return this.rig.network.connect({
      from: this.#origin(from, to),
      host: this.#address(to),
      port: protocol === 'icmp' ? 0 : port,
      protocol: protocol.toUpperCase() as NonNullable<ConnectRequest['protocol']>,
      ...icmp,
      ...(sourcePort !== undefined && { sourcePort }),
    });
  }

  #origin(from: string, to: string): Origin {
    if (from.startsWith('out')) return { outside: from.split(':')[1] ?? outside };
    if (from.startsWith('node-')) return { node: from.slice(5) };
    if (from === 'kubelet') return { node: this.#pods.get(to)!.spec!.nodeName! };
    return { podUid: this.#pods.get(from)!.metadata.uid };
  }

  #address(to: string): string {
    if (to === 'out') return outside;
    if (to.startsWith('node-')) return this.rig.machine(to.slice(5)).address;
    if (to.startsWith('svc-')) return this.rig.api.get(r.services, 'a', to.slice(4))!.spec!.clusterIP!;
    const pod = this.#pods.get(to);
    return pod ? this.rig.ip(pod) : to;
  }
}

/** The options of the recording in cilium-config. */
function agentOptions(recorded: RecordedCase): Record<string, string> {
  const settings = settingsOf(recorded);
  return {
    'enable-policy': settings.enforcement,
    'enable-sctp': String(settings.sctp),
    'enable-host-firewall': String(settings.hostFirewall),
    ...(settings.cidrMatchesNodes && { 'policy-cidr-match-mode': 'nodes' }),
    ...(settings.localhostByPolicy && { 'allow-localhost': 'policy' }),
  };
}
