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
