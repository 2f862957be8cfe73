import { nodes } from '../../../kube/resources.ts';
import type { ContainerContext } from '../../node/image.ts';
import type { Endpoint } from './endpoints.ts';

const columns = ['ENDPOINT', 'POLICY (ingress)', 'POLICY (egress)', 'IDENTITY', 'LABELS (source:key[=value])', 'IPv6', 'IPv4', 'STATUS'];
const secondLine = ['', 'ENFORCEMENT', 'ENFORCEMENT', '', '', '', '', ''];
/** Identity of reserved:host. */
const hostIdentity = '1';

const none = { ingress: false, egress: false };
const enabled = (is: boolean): string => (is ? 'Enabled' : 'Disabled');

/** Columns padded to their widest cell and three blanks, as Go's tabwriter sets them. */
const layOut = (rows: readonly (readonly string[])[]): string => {
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)) + 3);
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('')
          .trimEnd()}\n`,
    )
    .join('');
};

/** `cilium-dbg endpoint list`, as recorded in hubble.txt. */
export const endpointTable = ({ api, machine, network }: ContainerContext, endpoints: readonly Endpoint[]): string => {
  const own = Object.entries(api.get(nodes, undefined, machine.name)?.metadata.labels ?? {})
    .filter(([key]) => !/(^|\.)kubernetes\.io\//.test(key))
    .map(([key, value]) => `k8s:${key}=${value}`);
  const rows = [
    { id: 1, identity: hostIdentity, labels: [...own, 'reserved:host'], ip: '', isolation: none },
    ...endpoints.map((endpoint) => ({
      ...endpoint,
      identity: String(endpoint.identity),
      isolation: endpoint.name ? network.policies.isolation(machine, endpoint.namespace, endpoint.name) : none,
    })),
  ].sort((a, b) => a.id - b.id);
  return layOut([
    columns,
    secondLine,
    ...rows.flatMap(({ id, identity, labels, ip, isolation }) =>
      labels.map((label, i) =>
        i === 0
          ? [String(id), enabled(isolation.ingress), enabled(isolation.egress), identity, label, '', ip, 'ready']
          : ['', '', '', '', label, '', '', ''],
      ),
    ),
  ]);
};
