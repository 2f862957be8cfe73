import { formatLabelSelector } from '../../../kube/selectors.ts';
import type { EndpointSlice, KubeObject, LabelSelector, Service } from '../../../kube/types.ts';
import { age, nameColumn, orNone, text, wide, type Column } from './columns.ts';

function externalIp({ spec, status }: Service): string {
  const fixed = (spec?.externalIPs ?? []).join(',');
  switch (spec?.type) {
    case 'LoadBalancer': {
      const given = (status?.loadBalancer?.ingress ?? []).map((i) => i.ip ?? i.hostname ?? '').join(',');
      return [given, fixed].filter(Boolean).join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return orNone(fixed);
  }
}

const servicePorts = ({ spec }: Service): string =>
  orNone((spec?.ports ?? []).map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol ?? 'TCP'}`).join(','));

/** The first three, and how many more there are. */
const shortened = (items: readonly string[]): string =>
  items.length === 0 ? '<unset>' : items.length > 3 ? `${items.slice(0, 3).join(',')} + ${items.length - 3} more...` : items.join(',');

type Ingress = KubeObject & {
  spec?: { ingressClassName?: string; rules?: { host?: string }[]; tls?: unknown[] };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
};
type Endpoints = KubeObject & { subsets?: { addresses?: { ip: string }[]; ports?: { port: number }[] }[] };
type NetworkPolicy = KubeObject & { spec?: { podSelector?: LabelSelector } };

function ingressHosts({ spec }: Ingress): string {
  const hosts = (spec?.rules ?? []).slice(0, 3).flatMap((rule) => (rule.host ? [rule.host] : []));
  const more = (spec?.rules?.length ?? 0) - 3;
  if (hosts.length === 0) return '*';
  return more > 0 ? `${hosts.join(',')} + ${more} more...` : hosts.join(',');
}

function endpointTexts({ subsets = [] }: Endpoints): string {
  const texts = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0 ? addresses.map((a) => a.ip) : ports.flatMap((p) => addresses.map((a) => `${a.ip}:${p.port}`)),
  );
  if (texts.length === 0) return '<none>';
  return texts.length > 3 ? `${texts.slice(0, 3).join(',')} + ${texts.length - 3} more...` : texts.join(',');
}

/** As pkg/printers/internalversion prints them. */
export const networkColumns = {
  '/services': [
    nameColumn,
    text('Type', (s: Service) => s.spec?.type),
    text('Cluster-IP', (s: Service) => (s.spec?.type === 'ExternalName' ? '<none>' : orNone(s.spec?.clusterIPs?.[0] ?? s.spec?.clusterIP))),
    text('External-IP', externalIp),
    text('Port(s)', servicePorts),
    age(),
    wide('Selector', (s: Service) => orNone(formatLabelSelector({ matchLabels: s.spec?.selector ?? {} }))),
  ],
  '/endpoints': [nameColumn, text('Endpoints', endpointTexts), age()],
  'discovery.k8s.io/endpointslices': [
    nameColumn,
    text('AddressType', (s: EndpointSlice) => s.addressType),
    text('Ports', (s: EndpointSlice) => shortened((s.ports ?? []).map((p) => (p.port === undefined ? '*' : String(p.port))))),
    text('Endpoints', (s: EndpointSlice) => shortened((s.endpoints ?? []).flatMap((e) => e.addresses))),
    age(),
  ],
  'networking.k8s.io/ingresses': [
    nameColumn,
    text('Class', (i: Ingress) => orNone(i.spec?.ingressClassName)),
    text('Hosts', ingressHosts),
    text('Address', (i: Ingress) => (i.status?.loadBalancer?.ingress ?? []).map((a) => a.ip ?? a.hostname ?? '').join(',')),
    text('Ports', (i: Ingress) => (i.spec?.tls?.length ? '80, 443' : '80')),
    age(),
  ],
  'networking.k8s.io/ingressclasses': [
    nameColumn,
    text('Controller', (c: KubeObject) => (c['spec'] as { controller?: string }).controller),
    text('Parameters', (c: KubeObject) => {
      const parameters = (c['spec'] as { parameters?: { kind: string; name: string; apiGroup?: string } }).parameters;
      return parameters ? `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}` : '<none>';
    }),
    age(),
  ],
  'networking.k8s.io/networkpolicies': [
    nameColumn,
    text('Pod-Selector', (p: NetworkPolicy) => orNone(formatLabelSelector(p.spec?.podSelector))),
    age(),
  ],
  'networking.k8s.io/servicecidrs': [
    nameColumn,
    text('CIDRs', (c: KubeObject) => ((c['spec'] as { cidrs?: string[] }).cidrs ?? []).join(',')),
    age(),
  ],
} as unknown as Readonly<Record<string, readonly Column[]>>;
