/** What is wrong at one place of what somebody wrote. The object it is in was left out; everything else was read. */
export interface Problem {
  readonly file: string;
  /** Counted from 1. */
  readonly document: number;
  /** `NetworkPolicy a/p`, where so much could be read. */
  readonly object?: string;
  /** `spec.ingress[0].source.selector`; empty for the document itself. */
  readonly path: string;
  /** What was expected, and what was found. */
  readonly message: string;
}

export const describeProblem = ({ file, document, object, path, message }: Problem): string =>
  [`${file}, document ${document}`, object, path, message].filter(Boolean).join(': ');

/** Thrown and caught within the readers: it ends the reading of one object. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}
