import { systemClock } from '../base/clock.ts';
import type { Cluster, ClusterSpec } from '../cluster/cluster.ts';
import type { LiveChecks } from '../grade/watch.ts';
import type { Lab } from './loader.ts';
import type { Faults } from './faults.ts';
import type { Observer } from './observer.ts';
import { currentStep, type Progress } from './progress.ts';
import type { Provisioning } from './provisioning.ts';
import type { SessionView } from './session-view.ts';
import type { TrafficMonitor } from './traffic-monitor.ts';

/** What a view is made of; undefined is what is not there yet. */
export interface ViewParts {
  spec: ClusterSpec;
  lab: Lab | undefined;
  provisioning: Provisioning;
  progress: Progress;
  cluster: Cluster | undefined;
  observer: Observer | undefined;
  traffic: TrafficMonitor | undefined;
  live: LiveChecks | undefined;
  faults: Faults | undefined;
  activity: SessionView['activity'];
}

export function viewOf({ spec, lab, provisioning, progress, cluster, observer, traffic, live, faults, activity }: ViewParts): SessionView {
  const steps = lab?.steps ?? [];
  const current = currentStep(
    progress,
    steps.map((step) => step.id),
  );
  const currentHints = steps.find((step) => step.id === current)?.hints ?? [];
  return {
    name: spec.name,
    ...(lab && { lab: { id: lab.id, title: lab.title } }),
    backend: spec.backend,
    simulated: cluster?.capabilities.simulated ?? spec.backend === 'simulated',
    cni: spec.cni,
    kubeconfigPath: cluster?.kubeconfigPath ?? '',
    phase: provisioning.phase,
    provisioning: provisioning.actions,
    ...(provisioning.failure && { failure: provisioning.failure }),
    steps: steps.map((step) => ({
      id: step.id,
      title: step.title,
      ...(step.chapter !== undefined && { chapter: step.chapter }),
      state: progress.passed[step.id] ? 'passed' : step.id === current ? 'current' : 'todo',
      solved: progress.solved.includes(step.id),
      instructions: step.instructions,
      hintCount: step.hints.length,
    })),
    ...(current !== undefined && { current }),
    checks: live?.reports() ?? [],
    faults: faults?.views() ?? [],
    hints: current === undefined ? [] : currentHints.slice(0, progress.hints[current] ?? 0),
    nodes: observer?.nodes() ?? [],
    pods: observer?.pods() ?? [],
    traffic: traffic?.views() ?? [],
    clock: { now: cluster?.now() ?? systemClock.now(), speed: cluster?.clockSpeed ?? 1 },
    ...(activity && { activity }),
  };
}
