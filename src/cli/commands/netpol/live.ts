import { KindlabError, messageOf } from '../../../base/errors.ts';
import { KubeApi } from '../../../cluster/kind/api.ts';
import type { KubeJson } from '../../../cluster/cluster.ts';
import type { Cluster } from '../../../netpol/model/cluster.ts';
import { clusterFromObjects, type ApiObject } from '../../../netpol/read/cluster-objects.ts';
import { FieldError } from '../../../netpol/read/problem.ts';
import type { Source } from '../../../netpol/read/read.ts';
import type { CliContext } from '../../context.ts';

/** Which running cluster is meant; none where neither is given. */
export interface LiveOptions {
  context?: string;
  kubeconfig?: string;
}

export const isLive = ({ context, kubeconfig }: LiveOptions): boolean => context !== undefined || kubeconfig !== undefined;

const calicoKinds = [
  'NetworkPolicy',
  'GlobalNetworkPolicy',
  'StagedNetworkPolicy',
  'StagedGlobalNetworkPolicy',
  'Tier',
  'NetworkSet',
  'GlobalNetworkSet',
  'HostEndpoint',
  'IPPool',
];
const others: readonly (readonly [string, readonly string[]])[] = [
  ['networking.k8s.io/v1', ['NetworkPolicy']],
  ['cilium.io/v2', ['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy', 'CiliumCIDRGroup']],
  ['policy.networking.k8s.io/v1alpha1', ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy']],
  ['policy.networking.k8s.io/v1alpha2', ['ClusterNetworkPolicy']],
];

async function apiOf(cli: CliContext, { context, kubeconfig }: LiveOptions): Promise<KubeApi> {
  const path = kubeconfig ?? cli.env['KUBECONFIG']?.split(':')[0] ?? `${cli.env['HOME'] ?? ''}/.kube/config`;
  try {
    return await KubeApi.load(path, context);
  } catch (error) {
    throw new KindlabError({
      code: 'kubeconfig',
      message: `cannot use ${path}${context === undefined ? '' : ` with context ${context}`}: ${messageOf(error)}`,
      fix: '--kubeconfig FILE --context NAME, as kubectl config get-contexts shows',
      cause: error,
    });
  }
}

/** Every policy object of a running cluster; the Calico API server's objects, and its CRDs' where there is none. */
export async function livePolicies(cli: CliContext, options: LiveOptions): Promise<Source[]> {
  const api = await apiOf(cli, options);
  const listed = async (apiVersion: string, kinds: readonly string[]): Promise<KubeJson[]> => {
    const found: KubeJson[] = [];
    for (const kind of kinds) {
      const items = await api.list({ apiVersion, kind }, cli.signal);
      found.push(...items.map((item) => ({ ...item, apiVersion, kind })));
    }
    return found;
  };
  const calico = await listed('projectcalico.org/v3', calicoKinds);
  const items = calico.length > 0 ? calico : await listed('crd.projectcalico.org/v1', calicoKinds);
  for (const [apiVersion, kinds] of others) items.push(...(await listed(apiVersion, kinds)));
  return [{ file: options.context ?? 'the cluster', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }];
}

/** The running cluster as policies are evaluated over it. */
export async function liveCluster(cli: CliContext, options: LiveOptions): Promise<Cluster> {
  const api = await apiOf(cli, options);
  const list = async (apiVersion: string, kind: string) => (await api.list({ apiVersion, kind }, cli.signal)) as unknown as ApiObject[];
  const pools = await list('projectcalico.org/v3', 'IPPool');
  try {
    return clusterFromObjects({
      nodes: await list('v1', 'Node'),
      namespaces: await list('v1', 'Namespace'),
      pods: await list('v1', 'Pod'),
      services: await list('v1', 'Service'),
      endpointSlices: await list('discovery.k8s.io/v1', 'EndpointSlice'),
      serviceAccounts: await list('v1', 'ServiceAccount'),
      ipPools: pools.length > 0 ? pools : await list('crd.projectcalico.org/v1', 'IPPool'),
    });
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new KindlabError({ code: 'cluster-objects', message: `the cluster's objects: ${error.path}: ${error.message}`, cause: error });
  }
}
