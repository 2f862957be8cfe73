import type { Container } from '../../../kube/types.ts';
import type { ContainerProcess } from './container-process.ts';

const longest = 4096;
const fallbackBytes = 2048;
const fallbackLines = 80;

/** What a container leaves to be told of its end: the file at terminationMessagePath, or the end of its log where it failed. */
export function terminationMessage(container: Container, { context, log }: ContainerProcess, exitCode: number): string {
  const path = container.terminationMessagePath ?? '/dev/termination-log';
  const text = context.files.exists(path) ? context.files.read(path) : '';
  if (text !== '' || container.terminationMessagePolicy !== 'FallbackToLogsOnError' || exitCode === 0) return text.slice(0, longest);
  const lines = log.slice(-fallbackLines).map((line) => line.split(' ').slice(3).join(' '));
  return lines.join('\n').slice(-fallbackBytes);
}
