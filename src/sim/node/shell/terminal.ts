import type { ProgramIo } from '../image.ts';

/**
 * The line discipline of a terminal: the far end sends each key, we echo, edit and hand out whole lines.
 * Ctrl-C drops the line, Ctrl-D on an empty one ends the input.
 */
export async function* readLines(io: ProgramIo): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let line = '';
  let escape = false;
  for await (const chunk of io.stdin ?? []) {
    for (const key of decoder.decode(chunk, { stream: true })) {
      if (escape) {
        // Arrows and other sequences have no meaning here: ESC [ … letter.
        if (/[A-Za-z~]/.test(key)) escape = false;
        continue;
      }
      switch (key) {
        case '\u001B':
          escape = true;
          break;
        case '\r':
        case '\n':
          io.stdout('\r\n');
          yield line;
          line = '';
          break;
        case '\u0003':
          io.stdout('^C\r\n');
          line = '';
          yield '';
          break;
        case '\u0004':
          if (line === '') return;
          break;
        case '\u007F':
        case '\b':
          if (line === '') break;
          line = line.slice(0, -1);
          io.stdout('\b \b');
          break;
        default:
          line += key;
          io.stdout(key);
      }
    }
  }
}
