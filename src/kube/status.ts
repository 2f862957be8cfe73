import { groupResource } from './resources.ts';

export interface StatusCause {
  reason?: string;
  message: string;
  field?: string;
}

/** metav1.Status, as the API server answers a failure. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: { name?: string; group?: string; kind?: string; uid?: string; causes?: StatusCause[]; retryAfterSeconds?: number };
  code: number;
}

/** A failure of a request to the API server, with upstream's codes, reasons and texts (apimachinery, pkg/api/errors). */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;

  constructor(code: number, reason: string, message: string, details?: Status['details']) {
    super(message);
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason && { reason }),
      ...(details && { details }),
      code,
    };
  }

  get code(): number {
    return this.status.code;
  }

  get reason(): string {
    return this.status.reason ?? '';
  }
}

interface Named {
  group: string;
  plural: string;
}

const details = (r: Named, name: string) => ({ ...(name && { name }), ...(r.group && { group: r.group }), kind: r.plural });

export const notFound = (r: Named, name: string) =>
  new StatusError(404, 'NotFound', `${groupResource(r)} "${name}" not found`, details(r, name));

export const alreadyExists = (r: Named, name: string, terminating = false) =>
  new StatusError(
    409,
    'AlreadyExists',
    `${terminating ? 'object is being deleted: ' : ''}${groupResource(r)} "${name}" already exists`,
    details(r, name),
  );

export const conflict = (r: Named, name: string, why: string) =>
  new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${groupResource(r)} "${name}": ${why}`, details(r, name));

/** The text of optimistic locking's failure, to be given to `conflict`. */
export const modifiedMessage = 'the object has been modified; please apply your changes to the latest version and try again';

/** 422. `kind` as in `Deployment.apps`. */
export const invalid = (kind: { group: string; kind: string }, name: string, causes: StatusCause[]) => {
  const qualified = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  // An aggregate says a thing once.
  const texts = [...new Set(causes.map((c) => (c.field ? `${c.field}: ${c.message}` : c.message)))];
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new StatusError(422, 'Invalid', `${qualified} "${name}" is invalid: ${text}`, {
    ...(name && { name }),
    ...(kind.group && { group: kind.group }),
    kind: kind.kind,
    causes,
  });
};

export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message);

export const forbidden = (r: Named, name: string, why: string) =>
  new StatusError(403, 'Forbidden', `${groupResource(r)}${name && ` "${name}"`} is forbidden: ${why}`, details(r, name));

export const gone = (message: string) => new StatusError(410, 'Expired', message);

export const unsupportedMediaType = (message: string) => new StatusError(415, 'UnsupportedMediaType', message);

/** 429, as an eviction that a PodDisruptionBudget forbids. */
export const tooManyRequests = (message: string, causes: StatusCause[] = [], retryAfterSeconds = 0) =>
  new StatusError(429, 'TooManyRequests', message, { causes, ...(retryAfterSeconds > 0 && { retryAfterSeconds }) });

export const isNotFound = (error: unknown): boolean => error instanceof StatusError && error.reason === 'NotFound';
export const isConflict = (error: unknown): boolean => error instanceof StatusError && error.reason === 'Conflict';
export const isAlreadyExists = (error: unknown): boolean => error instanceof StatusError && error.reason === 'AlreadyExists';
