import type { Pod } from '../../../kube/types.ts';
import type { Machine } from '../../node/machine.ts';
import { endpointOf } from '../cilium/endpoints.ts';
import type { CniName, ConnectRequest, ConnectResult } from '../network.ts';
import { addressOf, type Party } from '../packet.ts';

/** Who took part, as it was then: pods change their labels, and their objects are shared, never changed. */
export interface FlowEnd {
  readonly kind: 'pod' | 'node' | 'outside';
  /** Before anything rewrites it; the one that was asked, where nobody has it. */
  readonly ip: string;
  readonly port: number;
  readonly node?: string;
  readonly cni?: CniName;
  readonly pod?: Pod;
  /** Cilium's numbers of the pod. */
  readonly identity?: number;
  readonly endpoint?: number;
}

/** One exchange: a connection with its request, a datagram with its answer, an echo. */
export interface FlowRecord {
  readonly at: number;
  readonly request: ConnectRequest;
  readonly result: ConnectResult;
  readonly client: FlowEnd;
  readonly server: FlowEnd;
  readonly dns?: { readonly query: string; readonly addresses: readonly string[]; readonly rcode: 'NOERROR' | 'NXDOMAIN' };
}

const machineOf = (party: Party): Machine | undefined => (party.kind === 'outside' ? undefined : party.machine);

export const endOf = (party: Party, port: number, pod: Pod | undefined): FlowEnd => {
  const node = machineOf(party);
  const endpoint = party.kind === 'pod' ? endpointOf(party.machine, party.sandbox.podUid) : undefined;
  return {
    kind: party.kind,
    ip: addressOf(party),
    port,
    ...(node && { node: node.name }),
    ...(party.kind === 'pod' && { cni: party.sandbox.cni }),
    ...(pod && { pod }),
    ...(endpoint && { identity: endpoint.identity, endpoint: endpoint.id }),
  };
};
