import type { KubeObject, PodSpec } from '../../../kube/types.ts';

export type Level = 'privileged' | 'baseline' | 'restricted';

interface SecurityContext {
  privileged?: boolean;
  allowPrivilegeEscalation?: boolean;
  capabilities?: { add?: string[]; drop?: string[] };
  procMount?: string;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  seccompProfile?: { type: string };
  appArmorProfile?: { type: string };
  seLinuxOptions?: { type?: string; user?: string; role?: string };
  sysctls?: { name: string }[];
  windowsOptions?: { hostProcess?: boolean };
}
interface Container {
  name: string;
  securityContext?: SecurityContext;
  ports?: { hostPort?: number }[];
}
type Handler = { httpGet?: { host?: string }; tcpSocket?: { host?: string } } | undefined;
interface Spec {
  securityContext?: SecurityContext;
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  hostUsers?: boolean;
  os?: { name: string };
  volumes?: { name: string; [source: string]: unknown }[];
}

/** What a check finds: a reason, and where. */
interface Violation {
  reason: string;
  detail: string;
}
type Check = (spec: Spec, containers: readonly Container[], pod: KubeObject) => Violation | undefined;

const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(', ');
const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();
const plural = (word: string, count: number): string => (count === 1 ? word : `${word}s`);
const namesOf = (containers: readonly Container[]): string =>
  `${plural('container', containers.length)} ${quoted(containers.map(({ name }) => name))}`;
/** `pod and containers "a", "b"`. */
const settersOf = (pod: boolean, containers: readonly Container[]): string =>
  [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [namesOf(containers)] : [])].join(' and ');

const defaultCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' '),
);
const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);
const seLinuxTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);
const safeVolumes = 'configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret'.split(' ');

const forbiddenCapabilities = (allowed: (name: string) => boolean, containers: readonly Container[]) => {
  const wrong = ({ securityContext }: Container) => (securityContext?.capabilities?.add ?? []).filter((name) => !allowed(name));
  const bad = containers.filter((container) => wrong(container).length > 0);
  if (bad.length === 0) return undefined;
  return `${namesOf(bad)} must not include ${quoted(sorted(bad.flatMap(wrong)))} in securityContext.capabilities.add`;
};

/** The checks of the level baseline at its latest version, in the order of their ids (pod-security-admission/policy). */
const baseline: Readonly<Record<string, Check>> = {
  appArmorProfile(spec, containers) {
    const wrong = (context: SecurityContext | undefined) => context?.appArmorProfile?.type === 'Unconfined';
    const bad = containers.filter(({ securityContext }) => wrong(securityContext));
    if (!wrong(spec.securityContext) && bad.length === 0) return undefined;
    const detail = `${settersOf(wrong(spec.securityContext), bad)} must not set AppArmor profile type to "Unconfined"`;
    return { reason: 'forbidden AppArmor profile', detail };
  },
  capabilities_baseline(_spec, containers) {
    const detail = forbiddenCapabilities((name) => defaultCapabilities.has(name), containers);
    return detail === undefined ? undefined : { reason: 'non-default capabilities', detail };
  },
  hostNamespaces(spec) {
    const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field]);
    return used.length > 0 ? { reason: 'host namespaces', detail: used.map((field) => `${field}=true`).join(', ') } : undefined;
  },
  hostPathVolumes({ volumes = [] }) {
    const bad = volumes.filter((volume) => volume['hostPath']).map(({ name }) => name);
    return bad.length > 0 ? { reason: 'hostPath volumes', detail: `${plural('volume', bad.length)} ${quoted(bad)}` } : undefined;
  },
  hostPorts(_spec, containers) {
    const portsOf = ({ ports = [] }: Container) => ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
    const bad = containers.filter((container) => portsOf(container).length > 0);
    if (bad.length === 0) return undefined;
    const ports = sorted(bad.flatMap(portsOf));
    const detail = `${namesOf(bad)} ${bad.length === 1 ? 'uses' : 'use'} ${plural('hostPort', ports.length)} ${ports.join(', ')}`;
    return { reason: 'hostPort', detail };
  },
  hostProbesAndHostLifecycle(_spec, containers) {
    const hostsOf = (container: Container) => {
      const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container as Container &
        Record<string, Handler> & {
          lifecycle?: { postStart?: Handler; preStop?: Handler };
        };
      const handlers: Handler[] = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
      return handlers.flatMap((handler) =>
        [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host): host is string => Boolean(host)),
      );
    };
    const bad = containers.filter((container) => hostsOf(container).some((host) => host !== ''));
    if (bad.length === 0) return undefined;
    const hosts = sorted(bad.flatMap(hostsOf));
    const detail = `${plural('container', bad.length)} ${quoted(sorted(bad.map(({ name }) => name)))} ${bad.length === 1 ? 'uses' : 'use'} ${plural('probe or lifecycle host', hosts.length)} ${quoted(hosts)}`;
    return { reason: 'probe or lifecycle host', detail };
  },
  privileged(_spec, containers) {
    const bad = containers.filter(({ securityContext }) => securityContext?.privileged);
    return bad.length > 0 ? { reason: 'privileged', detail: `${namesOf(bad)} must not set securityContext.privileged=true` } : undefined;
  },
  procMount(spec, containers) {
    const wrong = ({ securityContext }: Container) => securityContext?.procMount !== undefined && securityContext.procMount !== 'Default';
    const bad = spec.hostUsers === false ? [] : containers.filter(wrong);
    if (bad.length === 0) return undefined;
    const values = sorted(bad.map(({ securityContext }) => securityContext!.procMount!));
    return { reason: 'procMount', detail: `${namesOf(bad)} must not set securityContext.procMount to ${quoted(values)}` };
  },
  seLinuxOptions(spec, containers) {
    const options = (context: SecurityContext | undefined) => context?.seLinuxOptions ?? {};
    const wrong = (context: SecurityContext | undefined) =>
      !seLinuxTypes.has(options(context).type ?? '') || Boolean(options(context).user) || Boolean(options(context).role);
    const bad = containers.filter(({ securityContext }) => wrong(securityContext));
    const contexts = [spec.securityContext, ...bad.map(({ securityContext }) => securityContext)].filter(wrong);
    if (contexts.length === 0) return undefined;
    const types = sorted(contexts.map((context) => options(context).type ?? '').filter((type) => !seLinuxTypes.has(type)));
    const found = [
      ...(types.length > 0 ? [`${plural('type', types.length)} ${quoted(types)}`] : []),
      ...(contexts.some((context) => options(context).user) ? ['user may not be set'] : []),
      ...(contexts.some((context) => options(context).role) ? ['role may not be set'] : []),
    ];
    const setters = settersOf(wrong(spec.securityContext), bad);
    return { reason: 'seLinuxOptions', detail: `${setters} set forbidden securityContext.seLinuxOptions: ${found.join('; ')}` };
  },
  seccompProfile_baseline: (spec, containers) => badSeccomp(spec, containers, (type) => type !== 'Unconfined'),
  sysctls({ securityContext }) {
    const bad = (securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !safeSysctls.has(name));
    return bad.length > 0 ? { reason: 'forbidden sysctls', detail: bad.join(', ') } : undefined;
  },
  windowsHostProcess(spec, containers) {
    const wrong = (context: SecurityContext | undefined) => context?.windowsOptions?.hostProcess === true;
    const bad = containers.filter(({ securityContext }) => wrong(securityContext));
    if (!wrong(spec.securityContext) && bad.length === 0) return undefined;
    const detail = `${settersOf(wrong(spec.securityContext), bad)} must not set securityContext.windowsOptions.hostProcess=true`;
    return { reason: 'hostProcess', detail };
  },
};

function badSeccomp(spec: Spec, containers: readonly Container[], allowed: (type: string) => boolean): Violation | undefined {
  const typeOf = (context: SecurityContext | undefined) => context?.seccompProfile?.type;
  const wrong = (context: SecurityContext | undefined) => typeOf(context) !== undefined && !allowed(typeOf(context)!);
  const bad = containers.filter(({ securityContext }) => wrong(securityContext));
  const pod = wrong(spec.securityContext);
  if (!pod && bad.length === 0) return undefined;
  const types = sorted([...(pod ? [typeOf(spec.securityContext)!] : []), ...bad.map(({ securityContext }) => typeOf(securityContext)!)]);
  return {
    reason: 'seccompProfile',
    detail: `${settersOf(pod, bad)} must not set securityContext.seccompProfile.type to ${quoted(types)}`,
  };
}

/** What restricted adds; its capabilities stand in for baseline's. */
const restricted: Readonly<Record<string, Check>> = {
  allowPrivilegeEscalation(spec, containers) {
    const bad =
      spec.os?.name === 'windows' ? [] : containers.filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
    if (bad.length === 0) return undefined;
    const detail = `${namesOf(bad)} must set securityContext.allowPrivilegeEscalation=false`;
    return { reason: 'allowPrivilegeEscalation != false', detail };
  },
  capabilities_restricted(spec, containers) {
    if (spec.os?.name === 'windows') return undefined;
    const undropped = containers.filter(({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
    const added = forbiddenCapabilities((name) => name === 'NET_BIND_SERVICE', containers);
    const found = [
      ...(undropped.length > 0 ? [`${namesOf(undropped)} must set securityContext.capabilities.drop=["ALL"]`] : []),
      ...(added === undefined ? [] : [added]),
    ];
    return found.length > 0 ? { reason: 'unrestricted capabilities', detail: found.join('; ') } : undefined;
  },
  procMount_restricted(spec, containers) {
    return spec.hostUsers === false ? baseline['procMount']!({ ...spec, hostUsers: true }, containers, {} as KubeObject) : undefined;
  },
  restrictedVolumes({ volumes = [] }) {
    const bad = volumes.filter((volume) => !safeVolumes.some((type) => volume[type]));
    if (bad.length === 0) return undefined;
    const types = sorted(bad.map((volume) => Object.keys(volume).find((field) => field !== 'name' && volume[field]) ?? 'unknown'));
    const uses = bad.length === 1 ? 'uses' : 'use';
    const names = quoted(bad.map(({ name }) => name));
    const detail = `${plural('volume', bad.length)} ${names} ${uses} ${plural('restricted volume type', types.length)} ${quoted(types)}`;
    return { reason: 'restricted volume types', detail };
  },
  runAsNonRoot(spec, containers) {
    if (spec.hostUsers === false) return undefined;
    const ofPod = spec.securityContext?.runAsNonRoot;
    const bad = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === false);
    const reason = 'runAsNonRoot != true';
    if (ofPod === false || bad.length > 0)
      return { reason, detail: `${settersOf(ofPod === false, bad)} must not set securityContext.runAsNonRoot=false` };
    const silent = ofPod ? [] : containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
    return silent.length > 0 ? { reason, detail: `pod or ${namesOf(silent)} must set securityContext.runAsNonRoot=true` } : undefined;
  },
  runAsUser(spec, containers) {
    if (spec.hostUsers === false) return undefined;
    const bad = containers.filter(({ securityContext }) => securityContext?.runAsUser === 0);
    const pod = spec.securityContext?.runAsUser === 0;
    return pod || bad.length > 0 ? { reason: 'runAsUser=0', detail: `${settersOf(pod, bad)} must not set runAsUser=0` } : undefined;
  },
  seccompProfile_restricted(spec, containers) {
    if (spec.os?.name === 'windows') return undefined;
    const allowed = (type: string) => type === 'RuntimeDefault' || type === 'Localhost';
    const wrong = badSeccomp(spec, containers, allowed);
    if (wrong) return wrong;
    const silent = spec.securityContext?.seccompProfile ? [] : containers.filter(({ securityContext }) => !securityContext?.seccompProfile);
    if (silent.length === 0) return undefined;
    const detail = `pod or ${namesOf(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
    return { reason: 'seccompProfile', detail };
  },
};

const overridden = new Set(['capabilities_baseline', 'hostPathVolumes', 'seccompProfile_baseline']);

/** How a pod breaks a level's rules; '' where it keeps them. `reasons`: without the details. */
export function evaluatePod(level: Level, pod: KubeObject, spec: PodSpec, form: 'full' | 'reasons' = 'full'): string {
  if (level === 'privileged') return '';
  const checks =
    level === 'baseline'
      ? Object.values(baseline)
      : [...Object.entries(baseline).flatMap(([id, check]) => (overridden.has(id) ? [] : [check])), ...Object.values(restricted)];
  const containers = [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...((spec['ephemeralContainers'] as Container[] | undefined) ?? []),
  ];
  return checks
    .flatMap((check) => check(spec as unknown as Spec, containers as unknown as Container[], pod) ?? [])
    .map(({ reason, detail }) => (form === 'full' ? `${reason} (${detail})` : reason))
    .join(', ');
}
