import { badRequest, notFound } from '../../../kube/status.ts';
import { pods } from '../../../kube/resources.ts';
import type { Pod } from '../../../kube/types.ts';
import type { Core } from '../registry/core.ts';

const defaultContainer = 'kubectl.kubernetes.io/default-container';

/** The pod and the container that a stream is for; texts as pkg/registry/core/pod/strategy.go. */
export function resolveContainer(core: Core, namespace: string, name: string, wanted: string | undefined): { pod: Pod; container: string } {
  const pod = core.store.get('/pods', `${namespace}/${name}`) as Pod | undefined;
  if (!pod) throw notFound(pods, name);
  const main = (pod.spec?.containers ?? []).map((c) => c.name);
  const init = (pod.spec?.initContainers ?? []).map((c) => c.name);
  const ephemeral = (pod.spec?.ephemeralContainers ?? []).map((c) => c.name);
  if (wanted) {
    if ([...main, ...init, ...ephemeral].includes(wanted)) return { pod, container: wanted };
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  if (main.length === 1) return { pod, container: main[0]! };
  const annotated = pod.metadata.annotations?.[defaultContainer];
  if (annotated && main.includes(annotated)) return { pod, container: annotated };
  const others = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]${others}`);
}
