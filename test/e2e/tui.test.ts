import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { TerminalUnderTest, whyNoTerminal } from './terminal.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const state = mkdtempSync(join(tmpdir(), 'kindlab-e2e-'));
const { NO_COLOR: _, ...inherited } = process.env;
const env = { ...inherited, XDG_STATE_HOME: state, SHELL: '/bin/bash', TERM: 'xterm-256color' };
const main = join(root, 'dist', 'main.js');
const kindlab = (...args: string[]) => execFileSync(process.execPath, [main, ...args], { env, encoding: 'utf8' });
const startTui = (columns: number, rows: number) =>
  // What it says at its end is still to be read.
  new TerminalUnderTest(`'${process.execPath}' '${main}'; sleep 600`, { env, columns, rows });

const missing = whyNoTerminal();

afterAll(() => {
  if (!missing) kindlab('down', '--all');
  rmSync(state, { recursive: true, force: true });
});

describe.skipIf(missing)(`the TUI in a terminal${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('walks the first three steps: by the shell, by the shell, by the solution', async () => {
    using terminal = startTui(120, 36);
    await terminal.shows(/▸ From Calico to Cilium.*0\/12/);
    terminal.press('Enter');
    await terminal.shows(/step 1\/12 {2}Know the cluster/, 60_000);
    expect(terminal.screen()).toContain('SIMULATED');
    await terminal.shows(/✗ lab-notes holds the pod network/);

    terminal.press('x');
    await terminal.shows(/returns to the lab[^]*[$#]\s*$/);
    terminal.type(
      'kubectl -n shop create configmap lab-notes --from-literal=pod-cidr=192.168.0.0/16 --from-literal=cni-config=10-calico.conflist',
    );
    await terminal.shows(/configmap\/lab-notes created/);
    terminal.type('exit');
    await terminal.shows(/★ Step passed: Know the cluster/);
    await terminal.shows(/✓ lab-notes holds the pod network/);

    terminal.press('Enter');
    await terminal.shows(/step 2\/12 {2}Pin Calico/);
    terminal.press('x');
    await terminal.shows(/returns to the lab[^]*[$#]\s*$/);
    terminal.type('kubectl -n kube-system set env ds/calico-node -c calico-node IP_AUTODETECTION_METHOD=kubernetes-internal-ip');
    await terminal.shows(/env updated/);
    terminal.type('exit');
    await terminal.shows(/★ Step passed: Pin Calico/, 90_000);

    terminal.press('Enter');
    await terminal.shows(/step 3\/12 {2}Install Cilium/);
    terminal.press('s');
    await terminal.shows(/Run the solution of “Install Cilium/);
    terminal.press('y');
    await terminal.shows(/★ Step passed: Install Cilium/, 120_000);
    terminal.press('q');
    await terminal.shows(/keeps running/);
  });

  it('comes back to the session where it was, at 80×24, and gives hints', async () => {
    using terminal = startTui(80, 24);
    await terminal.shows(/● running.*3\/12/);
    terminal.press('Enter');
    await terminal.shows(/step 4\/12/);
    terminal.press('h');
    await terminal.shows(/Hints 1\/\d/);
    terminal.press('Tab');
    expect(await terminal.shows(/▸ Cluster/)).toMatch(/mig-worker2/);
    terminal.resize(140, 40);
    await terminal.shows(/Instructions.*Checks/);
    terminal.press('?');
    await terminal.shows(/put the cluster back to the moment before a step/);
    terminal.press('?');
    terminal.press('q');
    await terminal.shows(/keeps running/);
  });

  it('resets to an earlier step after a question', async () => {
    using terminal = startTui(120, 36);
    await terminal.shows(/3\/12/);
    terminal.press('Enter');
    await terminal.shows(/step 4\/12/);
    terminal.press('r', 'g', 'Enter');
    await terminal.shows(/moment before “Know the cluster”\? {2}y/);
    terminal.press('y');
    await terminal.shows(/step 1\/12/);
    await terminal.shows(/✗ lab-notes holds the pod network/);
    terminal.press('C-c');
    await terminal.shows(/keeps running/);
  });
});
