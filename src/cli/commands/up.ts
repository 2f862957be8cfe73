import { colours, print, type CliContext } from '../context.ts';
import { paint } from '../paint.ts';
import type { UpOptions } from '../program.ts';
import { followProvisioning } from '../provision-printer.ts';
import { stateOf } from '../sessions.ts';
import { discard, startLab } from '../start.ts';

export async function up(cli: CliContext, labId: string, options: UpOptions): Promise<number> {
  const { client, name, created } = await startLab(cli, labId, options);
  try {
    const view = await followProvisioning(cli, client);
    const colour = colours(cli);
    const passed = view.steps.filter((s) => s.state === 'passed').length;
    const current = view.steps.find((s) => s.id === view.current);
    print(
      cli,
      `\n${paint(view.lab?.title ?? name, 'bold', colour)}${view.simulated ? paint('  SIMULATED', 'yellow', colour) : ''}  ${passed}/${view.steps.length} steps`,
    );
    print(cli, current ? `next: ${current.id}  ${current.title}` : 'every step has passed');
    print(
      cli,
      `\nkindlab            instructions and live checks\nkindlab shell      your shell, with KUBECONFIG set\nkindlab check      grade the step\n\nexport KUBECONFIG=${view.kubeconfigPath}`,
    );
    return 0;
  } catch (error) {
    // A start that failed or was cancelled leaves nothing behind; a session that was there before stays.
    if (created) await discard(stateOf(cli, name));
    throw error;
  }
}
