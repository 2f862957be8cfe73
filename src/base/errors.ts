/** What `KindlabError` is made of: facts. The text that a person reads is made from them in one place. */
export interface Fault {
  /** Stable, in kebab case, for programs: `lab-not-found`. */
  code: string;
  /** What was seen, and what was expected. One sentence or a few lines. */
  message: string;
  /** What to try next; where it is a command, one that can be pasted. */
  fix?: string;
  /** A page under docs/ that explains it. */
  docs?: string;
  /** Exit code of the process: 1 not passed, 2 could not be evaluated or bad usage (the default). */
  exitCode?: 1 | 2;
  cause?: unknown;
}

/** The one error class that reaches a person; everything else is a defect and shows as one. */
export class KindlabError extends Error {
  override readonly name = 'KindlabError';
  readonly code: string;
  readonly fix: string | undefined;
  readonly docs: string | undefined;
  readonly exitCode: 1 | 2;

  constructor(fault: Fault) {
    super(fault.message, fault.cause === undefined ? undefined : { cause: fault.cause });
    this.code = fault.code;
    this.fix = fault.fix;
    this.docs = fault.docs;
    this.exitCode = fault.exitCode ?? 2;
  }
}

/** The text of anything that was thrown, without a stack. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
