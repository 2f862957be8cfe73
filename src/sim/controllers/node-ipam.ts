import * as r from '../../kube/resources.ts';
import type { Node } from '../../kube/types.ts';
import type { WatchEvent } from '../api/client.ts';
import type { Controller } from './controller.ts';
import type { CoreContext } from './core-context.ts';

/** pkg/controller/nodeipam: a /24 of the cluster's pod network for each node, the lowest free one first. */
export function nodeIpamController({ api }: CoreContext, podCidr: string): Controller {
  const [base = '', bits = ''] = podCidr.split('/');
  const first = base.split('.').reduce((address, octet) => address * 256 + Number(octet), 0);
  /** Node name → its subnet. */
  const given = new Map<string, string>();
  const count = 2 ** Math.max(0, 24 - Number(bits));

  const subnet = (i: number): string => {
    const address = first + i * 256;
    return `${[24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')}/24`;
  };

  function follow({ type, object }: WatchEvent<Node>): string[] {
    const { name } = object.metadata;
    const subnet = object.spec?.podCIDR;
    if (type === 'DELETED') given.delete(name);
    else if (subnet) given.set(name, subnet);
    return subnet || type === 'DELETED' ? [] : [name];
  }

  function reconcile(name: string): void {
    const node = api.get(r.nodes, undefined, name);
    if (!node || node.spec?.podCIDR) return;
    const taken = new Set(given.values());
    for (let i = 0; i < count; i++) {
      const free = subnet(i);
      if (taken.has(free)) continue;
      api.modify(r.nodes, undefined, name, (copy) => {
        copy.spec = { ...copy.spec, podCIDR: free, podCIDRs: [free] };
      });
      return;
    }
  }

  return { name: 'node-ipam-controller', sources: [{ resource: r.nodes, keys: follow }], reconcile };
}
