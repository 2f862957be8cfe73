import { renderToString } from 'ink';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { Screen } from '../../src/tui/app.tsx';
import { initialState, onEvent, opening, type Size, type UiState } from '../../src/tui/state.ts';
import type { SessionView } from '../../src/lab/session-view.ts';
import { labs } from '../fixtures/tui/actions.ts';
import { finishedView, passedView, provisioningView, workingView } from '../fixtures/tui/session.ts';

const lab = { id: 'calico-to-cilium', title: 'From Calico to Cilium' };
const sizes: Size[] = [
  { columns: 80, rows: 24 },
  { columns: 110, rows: 30 },
  { columns: 160, rows: 50 },
];

const show = (state: UiState, size: Size, color = false): string =>
  renderToString(<Screen state={state} size={size} frame={0} color={color} />, { columns: size.columns });

const withView = (...views: SessionView[]): UiState =>
  views.reduce<UiState>(
    (state, view) => onEvent(state, { type: 'view', view }),
    opening({ ...initialState, labs }, { lab, name: lab.id, connection: 'open' }),
  );

const manyPods = workingView({
  pods: Array.from({ length: 200 }, (_, i) => ({
    ...workingView().pods[2]!,
    name: `a-deployment-with-an-uncommonly-long-name-that-goes-on-${i}-7c9f8d5b6-x2x4z`,
    namespace: `namespace-${i % 5}`,
  })),
});

const states: Record<string, UiState> = {
  'lab list': { ...initialState, labs },
  'lab list before it was read': initialState,
  opening: opening(initialState, { lab, connection: 'opening' }),
  provisioning: withView(provisioningView()),
  'failed provisioning': withView({
    ...provisioningView(),
    phase: 'failed',
    failure: { message: 'Port 6443 is in use.', fix: 'kindlab down' },
  }),
  working: withView(workingView()),
  'working on checks': { ...withView(workingView({ hints: ['Look at `values-migration.yaml`.'] })), focus: 'checks' },
  'working on the cluster': { ...withView(workingView()), focus: 'cluster' },
  '200 pods': { ...withView(manyPods), focus: 'cluster' },
  passed: withView(workingView(), passedView()),
  finished: withView(finishedView()),
  help: { ...withView(workingView()), overlay: 'help' },
  reset: { ...withView(workingView()), overlay: 'reset' },
  'a long error': {
    ...withView(workingView()),
    notice: { tone: 'bad', text: 'word '.repeat(200), fix: 'kindlab doctor' },
  },
  'wide characters': withView(
    workingView({
      lab: { id: 'x', title: '从 Calico 迁移到 Cilium 🚀 '.repeat(9) },
      steps: [{ ...workingView().steps[1]!, title: '安装 '.repeat(60), instructions: '漢字'.repeat(300) }],
    }),
  ),
};

describe.each(sizes)('at $columns×$rows', (size) => {
  it.each(Object.keys(states))('%s fills the terminal exactly', (name) => {
    const lines = show(states[name]!, size).split('\n');
    expect(lines).toHaveLength(size.rows);
    for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(size.columns);
  });

  it.each(Object.keys(states))('%s has no escape codes without colour', (name) => {
    expect(show(states[name]!, size)).not.toContain('\u001B');
  });
});

const small: Size = { columns: 80, rows: 24 };
const wide: Size = { columns: 120, rows: 40 };

describe('the lab list', () => {
  it('tells progress, running sessions and which line is selected', () => {
    const screen = show({ ...initialState, labs }, small);
    expect(screen).toMatch(/▸ From Calico to Cilium.* 2\/9/);
    expect(screen).toMatch(/ {2}Retina.*● running {2}SIMULATED.* 5\/12/);
  });

  it('tells why a lab cannot be started', () => {
    expect(show({ ...initialState, labs: [{ ...labs[0]!, problem: 'lab.yaml:3: expected steps' }] }, small)).toContain(
      '✗ lab.yaml:3: expected steps',
    );
  });

  it('keeps the selected line in sight', () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ ...labs[0]!, id: `lab-${i}`, title: `Lab number ${i}.` }));
    expect(show({ ...initialState, labs: many, selected: 25 }, small)).toContain('▸ Lab number 25.');
  });
});

describe('provisioning', () => {
  it('shows what is done, what runs and what waits', () => {
    const screen = show(states['provisioning']!, small);
    expect(screen).toMatch(/✓ Starting the API server +340 ms/);
    expect(screen).toMatch(/⠋ Installing Calico/);
    expect(screen).toContain('2 of 3 agents ready');
    expect(screen).toMatch(/· Deploying/);
  });

  it('shows why it failed and what to try', () => {
    const screen = show(states['failed provisioning']!, small);
    expect(screen).toContain('✗ Port 6443 is in use.');
    expect(screen).toContain('→ kindlab down');
    expect(screen).toContain('Enter try again');
  });
});

describe('the working view', () => {
  it('says whose results they are and where the lab stands', () => {
    expect(show(states['working']!, wide)).toMatch(/^ From Calico to Cilium {2}●◉○ step 2\/3 {2}Install Cilium beside Calico +SIMULATED/);
    expect(show(withView(workingView({ simulated: false, backend: 'kind' })), wide)).toMatch(/ KIND/);
    expect(show(withView(workingView({ clock: { now: 0, speed: 10 } })), wide)).toContain('clock ×10');
  });

  it('shortens the lab’s title before the step’s', () => {
    const titled = workingView({ lab: { id: 'x', title: 'A title of a lab that is longer than it ought to be' } });
    expect(show(withView(titled), small)).toMatch(/^ A title of[^ ]* ?.*… {2}●◉○ step 2\/3 {2}Install Cilium beside Calico/);
  });

  it('gives each check its verdict, and evidence and hint for the first that fails', () => {
    const screen = show(states['working']!, { columns: 160, rows: 50 });
    for (const line of ['✓ Cilium is installed', '✗ Calico detects', '… Cilium agents', '? shop/client reaches'])
      expect(screen).toContain(line);
    expect(screen).toContain('expected kubernetes-internal-ip');
    expect(screen).toContain('observed first-found');
    expect(screen).toContain('see kubectl -n kube-system get daemonset calico-node -o yaml');
    expect(screen).toContain('→ Set the variable with kubectl set env.');
  });

  it('shows nodes, pods and traffic with what a migration changes', () => {
    const screen = show({ ...states['working on the cluster']! }, small);
    expect(screen).toMatch(/kindlab-worker +✓ Ready +cilium +cordoned/);
    expect(screen).toMatch(/kindlab-worker2 +✗ NotReady +calico/);
    expect(screen).toMatch(/from worker +✗ +2 lost +\S+ +→ web/);
    expect(screen).toMatch(/web-7c9f8d5b6-x2x4z +✓ +cilium +worker +↻1 +10\.245\.1\.171/);
    expect(screen).toMatch(/coredns-\S+ +✗ +\S+ +– +Pending/);
  });

  it('lists the lab’s own namespaces before Kubernetes’', () => {
    const screen = show(states['working on the cluster']!, small);
    expect(screen.indexOf('shop (3)')).toBeLessThan(screen.indexOf('kube-system (2)'));
  });

  it('shows one pane at a time below 110 columns, and all from there on', () => {
    expect(show(states['working']!, { columns: 109, rows: 30 })).not.toContain('Nodes');
    expect(show(states['working']!, { columns: 110, rows: 30 })).toContain('Nodes');
  });

  it('counts lost probes at the bottom, whatever the pane', () => {
    const view = (now: number, lost: number) =>
      workingView({ clock: { now, speed: 1 }, traffic: [{ ...workingView().traffic[0]!, state: 'ok', lost }] });
    const later = withView(view(5_000, 0), view(6_000, 2), view(7_000, 2));
    expect(show(later, small)).toMatch(/▁█▁ 2 lost since the step began/);
  });

  it('does not call traffic good that is not there', () => {
    const pods = workingView().pods.map((pod) => ({ ...pod, ready: false }));
    const screen = show({ ...withView(workingView({ pods })), focus: 'cluster' }, small);
    expect(screen).toMatch(/from worker2 +… silent +0 lost/);
  });

  it('celebrates a step that passed until the person goes on', () => {
    const screen = show(states['passed']!, wide);
    expect(screen).toContain('★ Step passed: Install Cilium beside Calico. Enter goes on.');
    expect(screen).toContain('Checks 4/4');
  });

  it('shows what a solution prints', () => {
    const running = workingView({ activity: { kind: 'solve', step: 'install', output: ['$ helm install cilium', 'NAME: cilium'] } });
    const screen = show({ ...withView(running), focus: 'checks' }, small);
    expect(screen).toContain('⠋ Solving install');
    expect(screen).toContain('NAME: cilium');
  });

  it('asks before it does what cannot be undone', () => {
    const question = { text: 'Run the solution?', yes: { type: 'solve' } } as const;
    expect(show({ ...states['working']!, question }, small)).toContain('Run the solution?  y  yes   n  no');
  });

  it('colours by the terminal’s own sixteen colours and never sets a ground', () => {
    for (const state of Object.values(states)) {
      const codes = [...show(state, wide, true).matchAll(/\[([\d;]+)m/g)].map((match) => Number(match[1]));
      for (const code of codes) expect([0, 1, 2, 3, 4, 7, 22, 23, 24, 27, 31, 32, 33, 35, 36, 39]).toContain(code);
    }
  });
});

it('the lab’s end tells what was solved for the person and what was lost', () => {
  const screen = show(states['finished']!, wide);
  expect(screen).toContain('all 3 steps passed');
  expect(screen).toContain('2 by your own hand, 1 solved for you.');
  expect(screen).toContain('lost 3');
});

it('a terminal that is too small is told so', () => {
  expect(show(initialState, { columns: 30, rows: 9 })).toContain('30×9');
});
