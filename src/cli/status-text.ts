import type { SessionView } from '../lab/session-view.ts';
import { paint } from './paint.ts';

/** Where a session stands, for a terminal. */
export function statusText(view: SessionView, colour: boolean): string {
  const title = view.lab ? `${view.lab.title} (${view.lab.id})` : 'a cluster without a lab';
  const backend = view.simulated ? paint('SIMULATED', 'yellow', colour) : view.backend;
  const lines = [
    `${paint(view.name, 'bold', colour)}  ${title}`,
    `  ${view.phase}, ${backend}, CNI ${view.cni}${view.clock.speed === 1 ? '' : `, clock ×${view.clock.speed}`}`,
    `  KUBECONFIG ${view.kubeconfigPath}`,
  ];
  if (view.failure)
    lines.push(`  ${paint(view.failure.message, 'red', colour)}`, ...(view.failure.fix ? [`  try: ${view.failure.fix}`] : []));
  if (view.steps.length > 0) {
    const passed = view.steps.filter((s) => s.state === 'passed').length;
    lines.push('', `  ${passed} of ${view.steps.length} steps passed`);
    for (const step of view.steps) {
      const mark = { passed: paint('✓', 'green', colour), current: paint('›', 'cyan', colour), todo: ' ' }[step.state];
      lines.push(`  ${mark} ${step.id}  ${step.title}${step.solved ? paint('  (solved for you)', 'dim', colour) : ''}`);
    }
  }
  if (view.nodes.length > 0) {
    lines.push('');
    for (const node of view.nodes) {
      const state = [
        node.ready ? 'Ready' : paint('NotReady', 'red', colour),
        ...(node.schedulable ? [] : [paint('cordoned', 'yellow', colour)]),
      ].join(', ');
      lines.push(`  ${node.name.padEnd(28)} ${(node.cni || '–').padEnd(8)} ${state}`);
    }
  }
  for (const client of view.traffic) {
    const lost = client.lost === 0 ? '0 lost' : paint(`${client.lost} lost`, client.state === 'lost' ? 'red' : 'yellow', colour);
    lines.push(`  ${client.pod} on ${client.node} → ${client.target}: ${client.ok} ok, ${lost}`);
  }
  return lines.join('\n');
}
