import type { KubeObject } from '../../../kube/types.ts';
import type { UserInfo } from '../auth/user.ts';
import type { Core } from '../registry/core.ts';
import type { Definition } from '../registry/definition.ts';

/** A write on its way through admission. */
export interface AdmissionRequest {
  core: Core;
  definition: Definition;
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  namespace: string | undefined;
  name: string;
  /** Absent of a deletion. */
  object?: KubeObject | undefined;
  /** Absent of a creation. */
  old?: KubeObject | undefined;
  subresource?: string | undefined;
  /** Absent where the cluster's own parts write. */
  user?: UserInfo | undefined;
  dryRun?: boolean | undefined;
  warn?: ((text: string) => void) | undefined;
}

/** The cluster's own controllers, as a policy sees them. */
export const controllerManager: UserInfo = { username: 'system:kube-controller-manager', groups: ['system:authenticated'] };

/** As Forbidden errors name an object that has no name yet. */
export const nameOf = ({ name, object }: AdmissionRequest): string => name || object?.metadata.name || object?.metadata.generateName || '';
