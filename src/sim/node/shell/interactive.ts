import type { ProgramIo } from '../image.ts';

export interface LineRunner {
  prompt(): string;
  /** Runs one line; false ends the shell. */
  run(line: string, signal: AbortSignal): Promise<boolean>;
}

/**
 * An interactive shell behind a terminal in raw mode: echo, backspace, Ctrl-C, Ctrl-D, Ctrl-U, and the lines before by
 * arrow up. Resolves when the shell ends, or its input does.
 */
export async function interact(io: ProgramIo, runner: LineRunner): Promise<void> {
  const keys = keysOf(io.stdin);
  const show = (text: string) => io.stdout(text.replaceAll('\n', '\r\n'));
  const history: string[] = [];
  let next = keys.next();
  try {
    for (;;) {
      show(runner.prompt());
      const line = await readLine();
      if (line === undefined) return;
      if (line.trim()) history.push(line);
      if (!(await runLine(line))) return;
    }
  } finally {
    // Not awaited: a read that is under way ends with the stream.
    void keys.return(undefined);
  }

  async function key(): Promise<string | undefined> {
    const { value, done } = await next;
    if (done) return undefined;
    next = keys.next();
    return value;
  }

  async function readLine(): Promise<string | undefined> {
    let line = '';
    let at = history.length;
    const replace = (text: string) => {
      show(`${'\b \b'.repeat(line.length)}${text}`);
      line = text;
    };
    for (let k = await key(); k !== undefined; k = await key()) {
      if (k === '\r' || k === '\n') {
        show('\n');
        return line;
      }
      if (k === '\x03') {
        show(`^C\n${runner.prompt()}`);
        line = '';
      } else if (k === '\x04') {
        if (line !== '') continue;
        show('exit\n');
        return undefined;
      } else if (k === '\x7f' || k === '\b') {
        if (line) show('\b \b');
        line = line.slice(0, -1);
      } else if (k === '\x15') replace('');
      else if (k === '\x1b[A' || k === '\x1b[B') {
        at = Math.min(history.length, Math.max(0, at + (k === '\x1b[A' ? -1 : 1)));
        replace(history[at] ?? '');
      } else if (k >= ' ' && !k.startsWith('\x1b')) {
        line += k;
        show(k);
      }
    }
    return undefined;
  }

  /** While a command runs, only Ctrl-C is taken from the keys; the rest waits for the next line. */
  async function runLine(line: string): Promise<boolean> {
    const abort = new AbortController();
    const running = runner.run(line, AbortSignal.any([abort.signal, io.signal]));
    let over = false;
    const interrupted = next.then(({ value, done }) => {
      if (over || done || value !== '\x03') return;
      next = keys.next();
      show('^C\n');
      abort.abort(new Error('SIGINT'));
    });
    void interrupted;
    const more = await running;
    over = true;
    return more;
  }
}

async function* keysOf(stdin: AsyncIterable<Uint8Array> | undefined): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  for await (const bytes of stdin ?? []) {
    // eslint-disable-next-line no-control-regex -- terminals send escape sequences
    for (const [key] of decoder.decode(bytes, { stream: true }).matchAll(/\x1b\[[A-Z]|\x1b.?|[\s\S]/g)) yield key;
  }
  return undefined;
}
