import { pods } from '../../../kube/resources.ts';
import { badRequest, notFound, StatusError } from '../../../kube/status.ts';
import type { Pod } from '../../../kube/types.ts';
import type { Core } from '../registry/core.ts';

/** What exec, attach and port-forward say to a request that asks for no upgrade: the pod's own faults come first. */
export function upgradeRequired(core: Core, namespace: string, name: string): StatusError {
  const pod = core.store.get('/pods', `${namespace}/${name}`) as Pod | undefined;
  if (!pod) return notFound(pods, name);
  if (!pod.spec?.nodeName) return badRequest(`pod ${name} does not have a host assigned`);
  return badRequest('unable to upgrade: Upgrade request required');
}

export const forbiddenProtocol = (wanted: readonly string[], ours: readonly string[]) =>
  new StatusError(
    403,
    'Forbidden',
    `unable to upgrade: unable to negotiate protocol: client supports [${wanted.join(' ')}], server accepts [${ours.join(' ')}]`,
  );
