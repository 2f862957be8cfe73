import type { Definition } from '../registry/definition.ts';

export const metricsGroup = 'metrics.k8s.io';

const definition = (plural: string, kind: string, namespaced: boolean): Definition => ({
  group: metricsGroup,
  version: 'v1beta1',
  plural,
  kind,
  namespaced,
  singular: '',
  shortNames: [],
  categories: [],
  verbs: ['get', 'list'],
  subresources: {},
  listKind: `${kind}List`,
  apiVersion: `${metricsGroup}/v1beta1`,
  table: `${metricsGroup}/${plural}`,
  strategy: {},
  schema: () => undefined,
  hidden: false,
});

/** What metrics-server serves. Nothing of it is stored. */
export const metricsDefinitions: readonly Definition[] = [
  definition('nodes', 'NodeMetrics', false),
  definition('pods', 'PodMetrics', true),
];
