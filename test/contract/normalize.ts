import type { Exchange } from './api.ts';

type Json = unknown;

/** The simulated cluster's own controllers note no fields: of 10,000 Pods that would be most of the memory. */
const controllers = new Set(['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']);

/**
 * Exchanges without what differs from run to run. uids and resourceVersions of objects become their number in the order
 * in which the case first saw them, so that what must stay the same or must differ is still compared.
 */
export function normalize(exchanges: readonly Exchange[], ns: string): Exchange[] {
  const uids = new Map<string, string>();
  const versions = new Map<string, string>();
  const numbered = (map: Map<string, string>, prefix: string, value: string): string => {
    let name = map.get(value);
    if (!name) map.set(value, (name = `${prefix}${map.size + 1}`));
    return name;
  };

  let ofCase = false;
  const text = (value: string): string =>
    value
      .replaceAll(ns, 'NS')
      .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, (uid) => numbered(uids, 'UID', uid))
      .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (_, fraction) => (fraction ? 'MICROTIME' : 'TIME'))
      .replace(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-*****')
      .replace(/\b10\.96\.\d+\.\d+\b/g, 'CLUSTER-IP')
      .replace(/large resource version: \d+, current: \d+/g, 'large resource version: N, current: N')
      .replace(/"resourceVersion":"\d+"/g, '"resourceVersion":"N"')
      .replace(/ResourceVersion in record \(\d+\)/g, 'ResourceVersion in record (N)')
      .replace(/resourceVersion: "\d+"/g, 'resourceVersion: "N"')
      .replace(/\\"resourceVersion\\":\\"\d+\\"/g, 'resourceVersion N')
      .replace(/Invalid value: 3\d{4}: provided port/g, 'Invalid value: NODE-PORT: provided port')
      .replace(/\b([a-z][a-z0-9]*)-[0-9bcdf-hj-np-tv-z]{8,10}\b/g, '$1-HASH')
      .replace(/-----BEGIN CERTIFICATE-----[^]*/, 'CERTIFICATE')
      // Kind's issuer is the cluster's domain, the tests' real server was started with a shorter one.
      .replace('https://kubernetes.default.svc.cluster.local', 'https://kubernetes.default.svc')
      // The one generateName of the suite that is refused together with the name made of it.
      .replace(/\bGen_[a-z0-9]{5}\b/g, 'Gen_*****')
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
      .replace(/resource version: \d+ \(\d+\)/g, 'resource version: N (N)');

  const walk = (value: Json, key = '', parent?: Record<string, Json>): Json => {
    if (typeof value === 'string') {
      if (key === 'resourceVersion' && value !== '' && value !== '0') return parent?.['uid'] ? numbered(versions, 'RV', value) : 'RV';
      // Kind's administrator is one by a binding, the tests' real one by system:masters.
      if (key === 'reason' && value.startsWith('RBAC: allowed by ClusterRoleBinding "kubeadm:cluster-admins"')) return undefined;
      // Of a group that is named after the namespace.
      if (key === 'storageVersionHash' && ofCase) return 'HASH';
      if (key === 'continue' && value !== '') return 'TOKEN';
      if (key === 'token' && value.startsWith('ey')) return 'TOKEN';
      if (key === 'name' && typeof parent?.['generateName'] === 'string' && value.startsWith(parent['generateName']))
        return `${parent['generateName']}*****`;
      if (key === 'pod-template-hash' || key === 'controller-revision-hash') return 'HASH';
      return text(value);
    }
    if (key === 'managedFields' && Array.isArray(value))
      value = value.filter((entry) => !controllers.has((entry as { manager?: string }).manager ?? ''));
    if (key === 'managedFields' && Array.isArray(value) && value.length === 0) return undefined;
    if (key === 'nodePort' && typeof value === 'number') return 'NODE-PORT';
    // Ages of objects that were just made.
    if (key === 'cells' && Array.isArray(value)) return value.map((cell) => (/^\d+s$/.test(String(cell)) ? 'AGE' : walk(cell)));
    if (Array.isArray(value)) return value.map((item) => walk(item));
    if (typeof value !== 'object' || value === null) return value;
    const object = value as Record<string, Json>;
    // Messages are read after ids, so that numbers follow the order of objects.
    return Object.fromEntries(
      Object.keys(object)
        .toSorted()
        .map((name) => [text(name), walk(object[name], name, object)]),
    );
  };
  return exchanges.map(({ request, status, headers, body }) => {
    ofCase = request.includes(`${ns}.example.com`);
    return {
      request: text(request)
        .replace(/resourceVersion=\d{2,}/, 'resourceVersion=N')
        .replace(/continue=[^&]+/, 'continue=TOKEN'),
      status,
      headers: walk(headers) as Record<string, string>,
      body: walk(body),
    };
  });
}

/** Where two values differ: `path: expected → actual`. */
export function differences(expected: Json, actual: Json, path = ''): string[] {
  if (expected === actual) return [];
  if (Array.isArray(expected) && Array.isArray(actual)) {
    // Entries are ordered by time first: which of two writes fell into a new second is chance.
    const order = path.endsWith('.managedFields') ? byManager : unordered.test(path) ? byText : undefined;
    const [left, right] = order ? [expected.toSorted(order), actual.toSorted(order)] : [expected as Json[], actual as Json[]];
    const length = Math.max(left.length, right.length);
    return Array.from({ length }, (_, i) => differences(left[i], right[i], `${path}[${i}]`)).flat();
  }
  if (isObject(expected) && isObject(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return keys.flatMap((key) => differences(expected[key], actual[key], `${path}.${key}`));
  }
  if (ofCustomResource.test(String(expected)) && pieces(expected) === pieces(actual)) return [];
  return [`${path}: ${short(expected)} → ${short(actual)}`];
}

/** What upstream takes from a map of Go's, in another order at each run: a user's rules, the faults of a custom resource. */
const unordered = /\.(nonResourceRules|resourceRules|causes)$/;
const ofCustomResource = /^\w+\.NS\.example\.com ".*" is invalid: \[/;
const pieces = (message: Json): string =>
  String(message)
    .split(/, |\[|\]/)
    .toSorted()
    .join('\n');
const byText = (a: Json, b: Json): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

const managerOf = (entry: Json): string => {
  const { operation, manager, subresource, apiVersion } = entry as Record<string, string>;
  return [operation, manager, subresource, apiVersion].join(' ');
};
const byManager = (a: Json, b: Json): number => (managerOf(a) < managerOf(b) ? -1 : 1);

const isObject = (value: Json): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value);
const short = (value: Json): string => (value === undefined ? 'absent' : JSON.stringify(value).slice(0, 600));
