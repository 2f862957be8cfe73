import { backends } from '../evaluate/ends.ts';
import type { SourcePolicy } from './flatten/source.ts';
import type { TranslateOptions } from './options.ts';
import type { Translation } from './report.ts';
import type { Setting } from './region/setting.ts';

/** Differences of the two dataplanes that no policy can make up for, where the cluster has a use for them. */
export function generalNotes(setting: Setting, sources: readonly SourcePolicy[], options: TranslateOptions): Translation['general'] {
  const { cluster, policies } = setting;
  const notes: Translation['general'][number][] = [];
  const nodePorts = cluster.services.filter((s) => s.ports.some((port) => port.nodePort !== undefined) && backends(cluster, s).length > 0);
  if (nodePorts.length > 0 && sources.length > 0) {
    notes.push({
      why: `who comes through a node port is seen differently: Calico sees the client on the backend's node and the node elsewhere, Cilium the world without an address, and a client on the node that it calls as itself`,
      differs: `flows through the node ports of ${nodePorts.map((s) => `${s.namespace}/${s.name}`).join(', ')}, in both directions: rules by address or label may deny what was allowed, and a rule for the world may admit what was denied`,
      fix: 'probe these services after the change, or lead their clients through a load balancer',
    });
  }
  if (!(options.sctp ?? false)) {
    const speaks = sources.some(({ rules }) => rules.some(({ rule }) => rule.protocol === 'sctp'));
    if (speaks) {
      notes.push({
        why: 'without sctp.enabled Cilium drops SCTP between pods, and rules for it are left out',
        differs: 'SCTP flows: they are denied',
        fix: 'enable SCTP in Cilium and translate with --sctp',
      });
    }
  }
  for (const host of policies.calico.hostEndpoints) {
    notes.push({
      why: `HostEndpoint ${host.origin.name} polices its node itself, which is the host firewall's work in Cilium: Calico's failsafe ports are not implied there, and an ingress default deny cuts the overlay and the agent off`,
      differs: `flows from and to the node ${host.node} itself: they are no longer policed`,
      fix: 'enable hostFirewall and write a CiliumClusterwideNetworkPolicy with nodeSelector by hand; keep fromEntities [remote-node, kube-apiserver] in it',
    });
  }
  return notes;
}
