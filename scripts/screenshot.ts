// Makes docs/screenshot.svg and docs/screenshot.png: the real TUI, in tmux, in the middle of a lab that was really solved
// so far. Usage: node scripts/screenshot.ts [STEP] [COLUMNSxROWS]. Needs tmux; the PNG needs rsvg-convert (librsvg2-bin).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ansiToSvg } from './ansi-to-svg.ts';

const LAB = 'calico-to-cilium';
const [step = '06-hand-over', geometry = '132x40'] = process.argv.slice(2);
const [columns = 132, rows = 40] = geometry.split('x').map(Number);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const launcher = join(root, 'kindlab');
const scratch = mkdtempSync(join(tmpdir(), 'kindlab-screenshot-'));
const env = { ...process.env, XDG_STATE_HOME: scratch, NO_COLOR: '', TERM: 'xterm-256color' };

const kindlab = (...args: string[]) => execFileSync(launcher, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
const tmux = (...args: string[]) => execFileSync('tmux', ['-S', join(scratch, 'tmux'), ...args], { env, encoding: 'utf8' });

/** The screen, once it shows `text`. */
async function screenWith(text: string): Promise<string> {
  for (let tries = 0; tries < 150; tries++) {
    if (tmux('capture-pane', '-p', '-t', 'shot').includes(text)) return tmux('capture-pane', '-e', '-p', '-t', 'shot');
    await sleep(100);
  }
  throw new Error(`the TUI did not show “${text}” within 15 s:\n${tmux('capture-pane', '-p', '-t', 'shot')}`);
}

let started = false;
try {
  kindlab('up', LAB);
  kindlab('solve', step);
  tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'shot', '-x', String(columns), '-y', String(rows), launcher);
  started = true;
  await screenWith('running');
  tmux('send-keys', '-t', 'shot', 'Enter');
  await screenWith('Checks');
  // Long enough for the traffic to show, and for the checks of the step to have been evaluated.
  await sleep(15_000);
  const svg = ansiToSvg(await screenWith('Traffic'), { columns, rows });
  const file = join(root, 'docs', 'screenshot.svg');
  writeFileSync(file, svg);
  execFileSync('rsvg-convert', ['--zoom', '1.5', '--output', file.replace(/svg$/, 'png'), file], { stdio: 'inherit' });
} finally {
  if (started) tmux('kill-server');
  kindlab('down', '--all');
  rmSync(scratch, { recursive: true, force: true });
}
