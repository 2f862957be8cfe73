import { badRequest, conflict, invalid, modifiedMessage, notFound, StatusError } from '../../../kube/status.ts';
import { formatLabelSelector } from '../../../kube/selectors.ts';
import type { KubeObject, LabelSelector } from '../../../kube/types.ts';
import { deepCopy } from '../../store/object.ts';
import { afterScale } from '../machinery.ts';
import { toVersion } from '../registry/catalog.ts';
import type { Core } from '../registry/core.ts';
import { keyOf, type Definition } from '../registry/definition.ts';
import { update, type UpdateOptions } from '../registry/update.ts';
import { compilePath } from '../table/json-path.ts';

export interface Scale extends KubeObject {
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

const builtinPaths = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };

/** GET …/scale: autoscaling/v1 Scale of anything that has replicas. */
export function getScale(core: Core, definition: Definition, namespace: string | undefined, name: string): Scale {
  const stored = core.store.get(definition.table, keyOf(namespace, name));
  if (!stored) throw notFound(definition, name);
  const object = toVersion(definition, stored);
  const field = definition.custom?.scale?.specReplicasPath;
  if (field && compilePath(field)(object)[0] === undefined) {
    const message = `the spec replicas field ${JSON.stringify(field)} does not exist`;
    throw new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
  }
  return scaleOf(definition, object);
}

function scaleOf(definition: Definition, object: KubeObject): Scale {
  const paths = definition.custom?.scale ?? builtinPaths;
  const number = (path: string): number => Number(compilePath(path)(object)[0] ?? 0);
  const replicas = number(paths.specReplicasPath);
  const selector = selectorOf(definition, object);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: number(paths.statusReplicasPath), ...(selector && { selector }) },
  };
}

function selectorOf(definition: Definition, object: KubeObject): string | undefined {
  const path = definition.custom?.scale?.labelSelectorPath;
  if (path) return compilePath(path)(object)[0] as string | undefined;
  if (definition.custom) return undefined;
  const selector = (object['spec'] as { selector?: LabelSelector & Record<string, string> }).selector;
  return formatLabelSelector(definition.plural === 'replicationcontrollers' ? { matchLabels: selector ?? {} } : selector);
}

/** PUT or PATCH …/scale: `change` gives the Scale that is wanted. */
export function putScale(
  core: Core,
  definition: Definition,
  namespace: string | undefined,
  name: string,
  change: (old: Scale) => Scale,
  options: UpdateOptions,
): Scale {
  const object = update(
    core,
    definition,
    namespace,
    name,
    (old) => {
      const before = scaleOf(definition, old);
      const wanted = change(before);
      const { resourceVersion } = wanted.metadata ?? {};
      if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(definition, name, modifiedMessage);
      const replicas = wanted.spec?.replicas ?? 0;
      if (!Number.isInteger(replicas))
        throw badRequest('json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32');
      if (replicas < 0) {
        throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, [
          {
            reason: 'FieldValueInvalid',
            message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
            field: 'spec.replicas',
          },
        ]);
      }
      const copy = deepCopy(old);
      const path = definition.custom?.scale?.specReplicasPath ?? builtinPaths.specReplicasPath;
      setPath(copy, path, replicas);
      const { fieldManager: manager = '' } = options;
      const changed = replicas !== (before.spec.replicas ?? 0);
      const managedFields = afterScale(old.metadata.managedFields, { manager, apiVersion: definition.apiVersion, path, changed });
      if (managedFields.length > 0) copy.metadata.managedFields = managedFields;
      return copy;
    },
    { ...options, tracked: true },
  );
  return scaleOf(definition, object);
}

function setPath(object: KubeObject, path: string, value: number): void {
  const names = path.replace(/^\./, '').split('.');
  let place = object as Record<string, unknown>;
  for (const name of names.slice(0, -1)) place = (place[name] ??= {}) as Record<string, unknown>;
  place[names.at(-1)!] = value;
}
