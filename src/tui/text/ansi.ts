import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

export type Style = (text: string) => string;

const ESCAPE = '\u001B';

function style(open: number, close: number): Style {
  const on = `${ESCAPE}[${open}m`;
  const off = `${ESCAPE}[${close}m`;
  // An inner style's end would end the outer one as well (bold and dim share 22), so the outer begins again after it.
  return (text) => (text === '' ? '' : on + text.replaceAll(off, off + on) + off);
}

/** The terminal's own sixteen colours and attributes only, so that light and dark themes both hold. */
export const bold = style(1, 22);
export const dim = style(2, 22);
export const italic = style(3, 23);
export const underline = style(4, 24);
export const inverse = style(7, 27);
export const red = style(31, 39);
export const green = style(32, 39);
export const yellow = style(33, 39);
export const magenta = style(35, 39);
export const cyan = style(36, 39);

/** Columns that the text takes on a terminal. */
export function width(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

/** Text from elsewhere (a cluster, a script) without what would move the cursor or colour the screen. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\t', '  ')
    .replaceAll(/[^\P{Cc}\n]/gu, '');
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const SGR = new RegExp(String.raw`(${ESCAPE}\[[\d;]*m)`);
const CODES_AT_END = new RegExp(String.raw`((?:${ESCAPE}\[[\d;]*m)*)$`);

/** The first `columns` columns; styles begun within them are ended. */
function take(text: string, columns: number): string {
  let kept = '';
  let used = 0;
  for (const piece of text.split(SGR)) {
    if (SGR.test(piece)) {
      kept += piece;
      continue;
    }
    for (const { segment } of graphemes.segment(piece)) {
      // A full line still takes the codes that follow it: those that end its styles.
      if (used + width(segment) > columns) {
        used = columns;
        break;
      }
      kept += segment;
      used += width(segment);
    }
  }
  return kept;
}

/** At most `columns` wide, with … where something was cut off the end. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  return columns < 1 ? '' : insertBeforeCodes(take(text, columns - 1), '…');
}

const insertBeforeCodes = (text: string, mark: string): string => text.replace(CODES_AT_END, `${mark}$1`);

/** At most `columns` wide, with … in the middle: names differ at their ends. Unstyled text. */
export function cutMiddle(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (columns < 4) return cut(text, columns);
  const head = take(text, Math.floor((columns - 1) / 3));
  const segments = [...graphemes.segment(text)].map((part) => part.segment);
  let tail = '';
  for (let i = segments.length - 1; width(head) + 1 + width(segments[i]! + tail) <= columns; i--) tail = segments[i]! + tail;
  return `${head}…${tail}`;
}

/** Exactly `columns` wide: cut or filled with spaces. */
export function fit(text: string, columns: number): string {
  const fitted = cut(text, columns);
  return fitted + ' '.repeat(Math.max(0, columns - width(fitted)));
}

/** Exactly `columns` wide, one text at either end; the left one gives way. */
export function spread(left: string, right: string, columns: number): string {
  const kept = cut(right, columns);
  return fit(left, columns - width(kept)) + kept;
}

/** Lines of at most `columns`, broken between words where that is possible. */
export function wrap(text: string, columns: number): string[] {
  return wrapAnsi(text, Math.max(1, columns), { hard: true, trim: true }).split('\n');
}

/** As `wrap`, the first line after `first` and the others indented under it. */
export function hang(first: string, text: string, columns: number): string[] {
  const indent = ' '.repeat(width(first));
  return wrap(text, columns - indent.length).map((line, i) => (i === 0 ? first : indent) + line);
}
