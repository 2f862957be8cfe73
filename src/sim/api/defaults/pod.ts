import type { JsonObject } from '../../../kube/json.ts';
import { at, each, fill, make } from './fill.ts';
import { fieldRef, pullPolicy } from './references.ts';
import { volumes } from './volumes.ts';

const probeDefaults = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

function httpGet(handler: JsonObject | undefined): void {
  const get = at(handler, 'httpGet');
  if (get) fill(get, { path: '/', scheme: 'HTTP' });
  const grpc = at(handler, 'grpc');
  if (grpc) grpc.service ??= '';
}

function container(value: JsonObject): void {
  fill(value, {
    imagePullPolicy: pullPolicy(value.image),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    resources: {},
  });
  for (const port of each(value, 'ports')) fill(port, { protocol: 'TCP' });
  for (const variable of each(value, 'env')) {
    fieldRef(at(variable, 'valueFrom'));
    const fileKey = at(at(variable, 'valueFrom'), 'fileKeyRef');
    if (fileKey) fill(fileKey, { optional: false });
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = at(value, name);
    if (!probe) continue;
    for (const [field, fallback] of Object.entries(probeDefaults)) probe[field] ||= fallback;
    httpGet(probe);
  }
  for (const hook of ['postStart', 'preStop']) httpGet(at(at(value, 'lifecycle'), hook));
}

/** What every pod template gets. */
export function podSpec(spec: JsonObject): void {
  fill(spec, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
  });
  // The deprecated alias goes along.
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account !== undefined) Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) each(spec, list).forEach(container);
  volumes(spec);
  if (spec.hostNetwork === true) hostPorts(spec);
}

const hostPorts = (spec: JsonObject): void => {
  for (const list of ['containers', 'initContainers']) {
    for (const { ports } of each(spec, list)) for (const port of each({ ports }, 'ports')) port.hostPort ||= port.containerPort;
  }
};

export function podTemplate(parent: JsonObject | undefined): void {
  const template = at(parent, 'template');
  if (template) podSpec(make(template, 'spec'));
}

/** What only a Pod itself gets, over podSpec. */
export function pod(object: JsonObject): void {
  const spec = make(object, 'spec');
  for (const list of ['containers', 'initContainers']) {
    for (const { resources } of each(spec, list)) requestsFromLimits(resources as JsonObject | undefined);
  }
  fill(spec, { enableServiceLinks: true });
  podSpec(spec);
  fill(make(object, 'status'), { phase: 'Pending' });
}

function requestsFromLimits(resources: JsonObject | undefined): void {
  const limits = at(resources, 'limits');
  if (resources && limits) fill(make(resources, 'requests'), limits);
}
