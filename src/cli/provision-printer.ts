import { KindlabError } from '../base/errors.ts';
import type { SessionClient } from '../lab/client.ts';
import type { SessionView } from '../lab/session-view.ts';
import { colours, print, type CliContext } from './context.ts';
import { paint } from './paint.ts';

/** Prints a line for each finished action until the cluster is ready. Throws KindlabError `provisioning-failed`. */
export async function followProvisioning(cli: CliContext, client: SessionClient): Promise<SessionView> {
  const printed = new Set<string>();
  const colour = colours(cli);
  for await (const event of client.events(cli.signal)) {
    if (event.type !== 'view') continue;
    const { view } = event;
    for (const action of view.provisioning) {
      if (action.state !== 'done' || printed.has(action.action)) continue;
      printed.add(action.action);
      print(
        cli,
        `${paint('✓', 'green', colour)} ${action.title}${action.ms === undefined ? '' : paint(` (${(action.ms / 1000).toFixed(1)} s)`, 'dim', colour)}`,
      );
    }
    if (view.phase === 'ready') return view;
    if (view.phase === 'failed')
      throw new KindlabError({
        code: 'provisioning-failed',
        message: view.failure?.message ?? 'the cluster could not be made',
        ...(view.failure?.fix && { fix: view.failure.fix }),
      });
  }
  cli.signal.throwIfAborted();
  throw new KindlabError({
    code: 'session-unreachable',
    message: "the session's process ended while the cluster was made",
    fix: 'kindlab status',
  });
}
