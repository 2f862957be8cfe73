import type { KubeJson, ObjectQuery } from './cluster-view.ts';

const longest = 160;

/** A value as a person reads it; `absent` for undefined. */
export function show(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** Text from a command, as one line of evidence. */
export function showText(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return 'nothing';
  return trimmed.length > longest ? `${trimmed.slice(0, longest)}…` : trimmed;
}

/** `node/kindlab-worker`, `pod/shop/client-8jp5r`. */
export function objectName(kind: string, object: KubeJson): string {
  const { name = '', namespace } = object.metadata ?? {};
  return [kind.toLowerCase(), ...(namespace ? [namespace] : []), name].join('/');
}

/** An argument list as one would type it; quoted where a shell would not take it literally. */
export const shellWords = (argv: readonly string[]): string =>
  argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');

const clusterScoped = new Set([
  'Node',
  'Namespace',
  'PersistentVolume',
  'CustomResourceDefinition',
  'APIService',
  'ClusterRole',
  'CiliumNode',
  'IPPool',
]);

/** Kubernetes' own groups need no qualification; others may share a kind's name with them. */
function resourceArgument(query: ObjectQuery): string {
  const group = query.apiVersion.includes('/') ? query.apiVersion.split('/')[0]! : '';
  const own = !group.includes('.') || group.endsWith('.k8s.io');
  return own ? query.kind.toLowerCase() : `${query.kind.toLowerCase()}.${group}`;
}

/** `kubectl -n shop get pdb web -o yaml`: what shows the object, or the collection, of a query. */
export function kubectlGet(query: ObjectQuery, name = query.name): string {
  const scope = query.namespace ? ['-n', query.namespace] : [];
  const which = name
    ? [name, '-o', 'yaml']
    : [
        ...(query.namespace || clusterScoped.has(query.kind) ? [] : ['-A']),
        ...(query.labelSelector ? ['-l', query.labelSelector] : []),
        ...(query.fieldSelector ? ['--field-selector', query.fieldSelector] : []),
      ];
  return shellWords(['kubectl', ...scope, 'get', resourceArgument(query), ...which]);
}

export const kubectlExec = (
  target: { namespace: string; pod: string; container?: string | undefined },
  command: readonly string[],
): string =>
  shellWords([
    'kubectl',
    '-n',
    target.namespace,
    'exec',
    target.pod,
    ...(target.container ? ['-c', target.container] : []),
    '--',
    ...command,
  ]);

export const dockerExec = (node: string, command: readonly string[]): string => shellWords(['docker', 'exec', node, ...command]);
