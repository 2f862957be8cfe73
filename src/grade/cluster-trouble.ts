import { KindlabError, messageOf } from '../base/errors.ts';

/** The kubelet's words where a container has no previous instance whose log could be read. */
export const isPreviousContainerMissing = (error: unknown): boolean => /previous terminated container .* not found/.test(messageOf(error));

/** What a person is told when the cluster did not answer; never a verdict on their work. */
export function troubleOf(error: unknown, signal: AbortSignal | undefined): string {
  if (signal?.aborted) return 'cancelled';
  if (error instanceof KindlabError && error.fix) return `${error.message} (${error.fix})`;
  return messageOf(error).split('\n')[0]!;
}
