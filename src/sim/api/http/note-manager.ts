import type { KubeObject } from '../../../kube/types.ts';
import { trackUpdate, type Json, type Schema } from '../machinery.ts';
import { nowOf } from '../registry/core.ts';
import { writeOptions } from './parameters.ts';
import type { Call } from './resource.ts';

/** What is asked and never stored, a review or a token, yet says who asked what: into the answer's managedFields. */
export function noteManager({ context, request, path, warn }: Call, asked: Json, answered: Json, schema: Schema | undefined): void {
  const { fieldManager: manager } = writeOptions(request, 'CreateOptions', warn);
  const after = { ...asked, metadata: { ...(asked['metadata'] as object) } } as unknown as KubeObject;
  const managedFields = trackUpdate({
    before: undefined,
    after,
    manager,
    apiVersion: String(asked['apiVersion']),
    subresource: path.subresource,
    now: nowOf(context.core),
    schema,
  });
  if (managedFields.length > 0) Object.assign(answered['metadata'] as object, { managedFields });
}
