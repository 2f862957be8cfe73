import { badRequest } from '../../../kube/status.ts';

/** What exec, attach and port-forward say to a request that is no upgrade to WebSocket. */
export const upgradeRequired = () => badRequest('unable to upgrade: Upgrade request required');
