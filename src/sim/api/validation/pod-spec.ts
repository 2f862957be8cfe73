import { isIP } from 'node:net';
import type { JsonObject } from '../../../kube/json.ts';
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import { affinity, topologySpread } from './affinity.ts';
import { containerCommon, type Volumes } from './container.ts';
import { duplicate, forbidden, invalid, invalidEach, notSupported, oneOf, required } from './field.ts';
import { labels } from './metadata.ts';
import { health } from './probe.ts';
import { each, isEmptyList, number, sub, text } from './read.ts';
import { podSecurityContext } from './security-context.ts';
import { volumes } from './volumes.ts';

function regular(spec: JsonObject, parent: string, names: Volumes): StatusCause[] {
  if (isEmptyList(spec.containers)) return [required(`${parent}.containers`)];
  const seen = new Set<string>();
  const containers = each(spec, 'containers', parent);
  const causes = containers.flatMap(({ value, path }) => {
    const name = text(value, 'name');
    const twice = seen.has(name) ? [duplicate(`${path}.name`, name)] : [];
    seen.add(name);
    return [...containerCommon(value, path, names, spec.hostUsers), ...twice, ...health(value, path)];
  });
  return [...causes, ...hostPortConflicts(containers)];
}

function hostPortConflicts(containers: { value: JsonObject; path: string }[]): StatusCause[] {
  const taken = new Set<string>();
  return containers.flatMap(({ value, path }) =>
    each(value, 'ports', path).flatMap(({ value: port, path: at }) => {
      if (!number(port, 'hostPort')) return [];
      const key = `${text(port, 'protocol')}/${text(port, 'hostIP')}/${number(port, 'hostPort')}`;
      if (taken.has(key)) return [duplicate(`${at}.hostPort`, key)];
      taken.add(key);
      return [];
    }),
  );
}

const onlySidecars = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'];

function initial(spec: JsonObject, parent: string, names: Volumes): StatusCause[] {
  const seen = new Set(each(spec, 'containers', parent).map(({ value }) => text(value, 'name')));
  return each(spec, 'initContainers', parent).flatMap(({ value, path }) => {
    const name = text(value, 'name');
    const causes = containerCommon(value, path, names, spec.hostUsers);
    if (seen.has(name)) causes.push(duplicate(`${path}.name`, name));
    if (name !== '') seen.add(name);
    if (value.restartPolicy === 'Always') return [...causes, ...health(value, path)];
    const detail = 'may not be set for init containers without restartPolicy=Always';
    return [...causes, ...onlySidecars.filter((field) => sub(value, field)).map((field) => forbidden(`${path}.${field}`, detail))];
  });
}

const operators = ['Equal', 'Exists'];
const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function toleration(value: JsonObject, path: string): StatusCause[] {
  const [key, operator, effect, content] = ['key', 'operator', 'effect', 'value'].map((field) => text(value, field)) as [
    string,
    string,
    string,
    string,
  ];
  const causes: StatusCause[] = key === '' ? [] : invalidEach(`${path}.key`, key, qualifiedName(key));
  if (key === '' && operator !== 'Exists') {
    causes.push(
      invalid(`${path}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'),
    );
  }
  if (value.tolerationSeconds !== undefined && effect !== 'NoExecute') {
    causes.push(invalid(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  if (operator === '' || operator === 'Equal') {
    const messages = labelValue(content);
    if (messages.length > 0) causes.push(invalid(`${path}.operator`, content, messages.join(';')));
  } else if (operator === 'Exists') {
    if (content !== '') causes.push(invalid(`${path}.operator`, content, "value must be empty when `operator` is 'Exists'"));
  } else causes.push(notSupported(`${path}.operator`, operator, operators));
  return effect === '' || effects.includes(effect) ? causes : [...causes, notSupported(`${path}.effect`, effect, effects)];
}

/** Of a Pod, or of a template. */
export function podSpec(spec: JsonObject, path: string): StatusCause[] {
  const { causes, names } = volumes(spec, path);
  const named = (field: string, check: (value: string) => string[]): StatusCause[] => {
    const value = text(spec, field);
    return value === '' ? [] : invalidEach(`${path}.${field}`, value, check(value));
  };
  const deadline = number(spec, 'activeDeadlineSeconds');
  const max = 2_147_483_647;
  return [
    ...causes,
    ...regular(spec, path, names),
    ...initial(spec, path, names),
    ...ephemeral(spec, path, names),
    ...hostNetwork(spec, path),
    ...oneOf(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...labels(`${path}.nodeSelector`, spec.nodeSelector),
    ...affinity(sub(spec, 'affinity'), `${path}.affinity`),
    ...topologySpread(spec, path),
    ...named('serviceAccountName', dns1123Subdomain),
    ...named('nodeName', dns1123Subdomain),
    ...(deadline !== undefined && (deadline < 1 || deadline > max)
      ? [invalid(`${path}.activeDeadlineSeconds`, deadline, `must be between 1 and ${max}, inclusive`)]
      : []),
    ...named('hostname', dns1123Label),
    ...named('subdomain', dns1123Label),
    ...each(spec, 'tolerations', path).flatMap(({ value, path: at }) => toleration(value, at)),
    ...named('priorityClassName', dns1123Subdomain),
    ...named('runtimeClassName', dns1123Subdomain),
    ...podSecurityContext(spec, `${path}.securityContext`),
    ...extras(spec, path),
  ];
}

const ipDetail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

/** Smaller parts of a Pod's spec. */
function extras(spec: JsonObject, path: string): StatusCause[] {
  const gates = each(spec, 'schedulingGates', path);
  const os = text(sub(spec, 'os'), 'name');
  return [
    ...(text(spec, 'dnsPolicy') === 'None' && !sub(spec, 'dnsConfig')
      ? [required(`${path}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None')]
      : []),
    ...each(spec, 'hostAliases', path).flatMap(({ value, path: at }) => [
      ...(isIP(text(value, 'ip')) > 0 ? [] : [invalid(`${at}.ip`, text(value, 'ip'), ipDetail)]),
      ...((value.hostnames as string[] | undefined) ?? []).flatMap((name, i) =>
        invalidEach(`${at}.hostnames[${i}]`, name, dns1123Subdomain(name)),
      ),
    ]),
    ...each(spec, 'readinessGates', path).flatMap(({ value, path: at }) =>
      invalidEach(`${at}.conditionType`, text(value, 'conditionType'), qualifiedName(text(value, 'conditionType'))),
    ),
    ...gates.flatMap(({ value, path: at }, i) =>
      gates.slice(0, i).some((earlier) => text(earlier.value, 'name') === text(value, 'name')) ? [duplicate(at, text(value, 'name'))] : [],
    ),
    ...(os === '' || os === 'linux' || os === 'windows' ? [] : [notSupported(`${path}.os`, os, ['linux', 'windows'])]),
  ];
}

function ephemeral(spec: JsonObject, parent: string, names: Volumes): StatusCause[] {
  const seen = new Set(
    ['containers', 'initContainers'].flatMap((list) => each(spec, list, parent)).map(({ value }) => text(value, 'name')),
  );
  return each(spec, 'ephemeralContainers', parent).flatMap(({ value, path }) => {
    const name = text(value, 'name');
    const causes = containerCommon(value, path, names, spec.hostUsers);
    if (seen.has(name)) causes.push(duplicate(`${path}.name`, name));
    seen.add(name);
    const target = text(value, 'targetContainerName');
    const exists = each(spec, 'containers', parent).some(({ value: other }) => text(other, 'name') === target);
    for (const field of ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'])
      if (value[field] !== undefined) causes.push(forbidden(`${path}.${field}`, 'cannot be set for an Ephemeral Container'));
    if (target !== '' && !exists) causes.push(notFoundTarget(`${path}.targetContainerName`, target));
    return causes;
  });
}

const notFoundTarget = (field: string, target: string): StatusCause => ({
  reason: 'FieldValueNotFound',
  message: `Not found: ${JSON.stringify(target)}`,
  field,
});

/** On the host's network a container's port is the host's. */
function hostNetwork(spec: JsonObject, parent: string): StatusCause[] {
  if (spec.hostNetwork !== true) return [];
  return each(spec, 'containers', parent).flatMap(({ value, path }) =>
    each(value, 'ports', path).flatMap(({ value: port, path: at }) =>
      number(port, 'hostPort') === number(port, 'containerPort')
        ? []
        : [invalid(`${at}.hostPort`, number(port, 'hostPort') ?? 0, 'must match `containerPort` when `hostNetwork` is true')],
    ),
  );
}
