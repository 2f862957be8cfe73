import { pods, type Resource } from '../../kube/resources.ts';
import { StatusError } from '../../kube/status.ts';
import type { Draft, KubeObject, Pod, PodTemplateSpec } from '../../kube/types.ts';
import type { ApiClient } from '../api/client.ts';
import type { EventRecorder } from './event-recorder.ts';
import { controllerReference } from './owners.ts';

interface Owner {
  resource: Resource;
  object: KubeObject;
}

/** A pod as a template asks for it, owned by `owner`, its name drawn by the API server. */
export function podFromTemplate(template: PodTemplateSpec, { resource, object }: Owner): Draft<Pod> {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    metadata: {
      generateName: `${object.metadata.name}-`,
      namespace: object.metadata.namespace!,
      ...(labels && { labels: { ...labels } }),
      ...(annotations && { annotations: { ...annotations } }),
      ...(finalizers && { finalizers: [...finalizers] }),
      ownerReferences: [controllerReference(resource, object)],
    },
    ...(template.spec && { spec: structuredClone(template.spec) }),
  };
}

/** Creates a pod and tells it as an event of its owner; failures are told and thrown, but for a namespace that ends. */
export function createPod(api: ApiClient, recorder: EventRecorder, owner: Owner, draft: Draft<Pod>): Pod | undefined {
  try {
    const pod = api.create(pods, draft);
    recorder.normal(owner.object, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    return pod;
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined;
    if (error instanceof StatusError) recorder.warning(owner.object, 'FailedCreate', `Error creating: ${error.message}`);
    throw error;
  }
}

/** Deletes a pod and tells it as an event of its owner; one that is gone already is no failure. */
export function deletePod(api: ApiClient, recorder: EventRecorder, owner: KubeObject, pod: Pod): void {
  const { namespace, name, uid } = pod.metadata;
  try {
    api.delete(pods, namespace, name, { preconditions: { uid } });
  } catch (error) {
    if (error instanceof StatusError && (error.code === 404 || error.code === 409)) return;
    if (error instanceof StatusError) recorder.warning(owner, 'FailedDelete', `Error deleting: ${error.message}`);
    throw error;
  }
  recorder.normal(owner, 'SuccessfulDelete', `Deleted pod: ${name}`);
}

const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof StatusError && (error.status.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating');
