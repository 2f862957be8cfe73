import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Why there is no terminal to test in; undefined where there is one. */
export function whyNoTerminal(): string | undefined {
  try {
    execFileSync('tmux', ['-V']);
    return undefined;
  } catch {
    return 'tmux is not installed';
  }
}

/** A program in a real terminal: tmux on a socket of its own. */
export class TerminalUnderTest implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kindlab-tmux-'));

  constructor(command: string, options: { env: Record<string, string | undefined>; columns: number; rows: number }) {
    const { env, columns, rows } = options;
    execFileSync(
      'tmux',
      [...this.#socket, '-f', '/dev/null', 'new-session', '-d', '-s', 't', '-x', String(columns), '-y', String(rows), command],
      { env },
    );
  }

  get #socket(): string[] {
    return ['-S', join(this.#folder, 'socket')];
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', [...this.#socket, ...args], { encoding: 'utf8' });
  }

  /** Key names as tmux has them: `Enter`, `Tab`, `C-c`; anything else is typed. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', '-t', 't', ...keys);
  }

  /** A line for a shell. */
  type(line: string): void {
    this.#tmux('send-keys', '-t', 't', '-l', line);
    this.press('Enter');
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-t', 't', '-x', String(columns), '-y', String(rows));
  }

  screen(): string {
    return this.#tmux('capture-pane', '-p', '-t', 't');
  }

  /** The screen once it matches. */
  async shows(what: RegExp, withinMs = 20_000): Promise<string> {
    const end = performance.now() + withinMs;
    while (performance.now() < end) {
      const screen = this.screen();
      if (what.test(screen)) return screen;
      await sleep(50);
    }
    throw new Error(`the screen did not show ${what} within ${withinMs / 1000} s:\n${this.screen()}`);
  }

  [Symbol.dispose](): void {
    this.#tmux('kill-server');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
