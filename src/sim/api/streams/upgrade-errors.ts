import { badRequest, StatusError } from '../../../kube/status.ts';

/** What exec, attach and port-forward say to a request that asks for no upgrade. */
export const upgradeRequired = () => badRequest('unable to upgrade: Upgrade request required');

export const forbiddenProtocol = (wanted: readonly string[], ours: readonly string[]) =>
  new StatusError(
    403,
    'Forbidden',
    `unable to upgrade: unable to negotiate protocol: client supports [${wanted.join(' ')}], server accepts [${ours.join(' ')}]`,
  );
