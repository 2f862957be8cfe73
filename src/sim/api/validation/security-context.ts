import type { JsonObject } from '../../../kube/json.ts';
import type { StatusCause } from '../../../kube/status.ts';
import { invalid, notSupported, required } from './field.ts';
import { number, sub, text } from './read.ts';

const largestId = 2_147_483_647;
const goFields: Readonly<Record<string, string>> = {
  capabilities: 'Capabilities',
  privileged: 'Privileged',
  seLinuxOptions: 'SELinuxOptions',
  windowsOptions: 'WindowsOptions',
  runAsUser: 'RunAsUser',
  runAsGroup: 'RunAsGroup',
  runAsNonRoot: 'RunAsNonRoot',
  readOnlyRootFilesystem: 'ReadOnlyRootFilesystem',
  allowPrivilegeEscalation: 'AllowPrivilegeEscalation',
  procMount: 'ProcMount',
  seccompProfile: 'SeccompProfile',
  appArmorProfile: 'AppArmorProfile',
};

/** As the internal type prints; capabilities are a struct of its own. */
function internal(context: JsonObject): JsonObject {
  const capabilities = sub(context, 'capabilities');
  const shown: JsonObject = {
    ...context,
    ...(capabilities && { capabilities: { Add: capabilities.add ?? null, Drop: capabilities.drop ?? null } }),
  };
  return Object.fromEntries(Object.entries(goFields).map(([field, name]) => [name, shown[field] ?? null]));
}

export function ids(context: JsonObject | undefined, path: string, fields: readonly string[]): StatusCause[] {
  return fields.flatMap((field) => {
    const id = number(context, field);
    return id === undefined || (id >= 0 && id <= largestId)
      ? []
      : [invalid(`${path}.${field}`, id, `must be between 0 and ${largestId}, inclusive`)];
  });
}

const seccompTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

/** seccompProfile and appArmorProfile: a local one is named. */
export function profiles(context: JsonObject | undefined, path: string): StatusCause[] {
  return ['seccompProfile', 'appArmorProfile'].flatMap((field) => {
    const profile = sub(context, field);
    if (!profile) return [];
    const type = text(profile, 'type');
    const local = text(profile, 'localhostProfile');
    const at = `${path}.${field}`;
    const causes: StatusCause[] = [];
    if (field === 'appArmorProfile') {
      if (type === 'Localhost' && local.trim() === '')
        causes.push(required(`${at}.localhostProfile`, 'must be set when AppArmor type is Localhost'));
      if (type !== 'Localhost' && profile.localhostProfile !== undefined)
        causes.push(invalid(`${at}.localhostProfile`, local, 'can only be set when AppArmor type is Localhost'));
      if (type === '') causes.push(required(`${at}.type`, 'type is required when appArmorProfile is set'));
      else if (!seccompTypes.includes(type)) causes.push(notSupported(`${at}.type`, type, seccompTypes));
      return causes;
    }
    if (type === '') return [required(`${at}.type`, 'type is required when seccompProfile is set')];
    if (type === 'Localhost' && profile.localhostProfile === undefined)
      causes.push(required(`${at}.localhostProfile`, 'must be set when seccomp type is Localhost'));
    if (type !== 'Localhost' && profile.localhostProfile !== undefined)
      causes.push(invalid(`${at}.localhostProfile`, profile, 'can only be set when seccomp type is Localhost'));
    return seccompTypes.includes(type) ? causes : [...causes, notSupported(`${at}.type`, type, seccompTypes)];
  });
}

/** Of a container. */
export function securityContext(context: JsonObject | undefined, path: string, hostUsers: unknown): StatusCause[] {
  if (!context) return [];
  const mount = text(context, 'procMount');
  const added = (sub(context, 'capabilities')?.add as string[] | undefined) ?? [];
  const contradiction = (why: string) => invalid(path, internal(context), why);
  return [
    ...ids(context, path, ['runAsUser', 'runAsGroup']),
    ...(mount === '' || ['Default', 'Unmasked'].includes(mount) ? [] : [notSupported(`${path}.procMount`, mount, ['Default', 'Unmasked'])]),
    ...(mount === 'Unmasked' && hostUsers !== false
      ? [invalid(`${path}.procMount`, mount, '`hostUsers` must be false to use `Unmasked`')]
      : []),
    ...profiles(context, path),
    ...(context.allowPrivilegeEscalation === false && context.privileged === true
      ? [contradiction('cannot set `allowPrivilegeEscalation` to false and `privileged` to true')]
      : []),
    ...(context.allowPrivilegeEscalation === false && added.some((name) => name === 'CAP_SYS_ADMIN')
      ? [contradiction('cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN')]
      : []),
  ];
}

const sysctl = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const sysctlSource = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?';

/** Of a pod. */
export function podSecurityContext(spec: JsonObject, path: string): StatusCause[] {
  const context = sub(spec, 'securityContext');
  if (!context) return [];
  const groups = (context.supplementalGroups as number[] | undefined) ?? [];
  const names = new Set<string>();
  const sysctls = ((context.sysctls as JsonObject[] | undefined) ?? []).flatMap((one, i) => {
    const name = text(one, 'name');
    const at = `${path}.sysctls[${i}].name`;
    const twice = names.has(name);
    names.add(name);
    if (name === '') return [required(at)];
    if (!sysctl.test(name)) return [invalid(at, name, `must have at most 253 characters and match regex ^${sysctlSource}$`)];
    return twice ? [{ reason: 'FieldValueDuplicate', message: `Duplicate value: ${JSON.stringify(name)}`, field: at }] : [];
  });
  const change = text(context, 'fsGroupChangePolicy');
  return [
    ...ids(context, path, ['fsGroup', 'runAsUser', 'runAsGroup']),
    ...groups.flatMap((id, i) =>
      id >= 0 && id <= largestId ? [] : [invalid(`${path}.supplementalGroups[${i}]`, id, `must be between 0 and ${largestId}, inclusive`)],
    ),
    ...(spec.shareProcessNamespace === true && spec.hostPID === true
      ? [invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')]
      : []),
    ...sysctls,
    ...(change === '' || ['Always', 'OnRootMismatch'].includes(change)
      ? []
      : [notSupported(`${path}.fsGroupChangePolicy`, change, ['Always', 'OnRootMismatch'])]),
    ...profiles(context, path),
  ];
}
