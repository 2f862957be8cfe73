import { StatusError } from '../../../kube/status.ts';

/** A path that names nothing that is served. */
export const unknownResource = () => new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = () =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
