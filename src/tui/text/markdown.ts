import { lexer, type Token, type Tokens } from 'marked';
import { bold, cut, cyan, dim, hang, plain, underline, width, wrap, yellow } from './ansi.ts';
import { inline, inlineText } from './markdown-inline.ts';
import { markdownTable } from './markdown-table.ts';

const cache = new Map<string, string[]>();
const CACHED = 64;

/** Markdown as terminal lines of at most `columns`; kept for the next frame, since scrolling asks for it at every key. */
export function markdown(source: string, columns: number): string[] {
  const key = `${columns}\n${source}`;
  const known = cache.get(key);
  if (known) return known;
  const lines = blocks(lexer(source), columns);
  if (cache.size >= CACHED) cache.delete(cache.keys().next().value!);
  cache.set(key, lines);
  return lines;
}

/** Blocks with an empty line between them. */
function blocks(tokens: readonly Token[], columns: number): string[] {
  const rendered = tokens.map((token) => block(token, Math.max(8, columns))).filter((lines) => lines.length > 0);
  return rendered.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

function block(token: Token, columns: number): string[] {
  switch (token.type) {
    case 'heading':
      return heading(token as Tokens.Heading, columns);
    case 'paragraph':
      return wrap(inline((token as Tokens.Paragraph).tokens), columns);
    case 'text':
      return wrap(inline((token as Tokens.Text).tokens ?? [token]), columns);
    case 'list':
      return list(token as Tokens.List, columns);
    case 'code':
      return code(token as Tokens.Code, columns);
    case 'blockquote':
      return quote(token as Tokens.Blockquote, columns);
    case 'table':
      return markdownTable(token as Tokens.Table, columns);
    case 'hr':
      return [dim('─'.repeat(columns))];
    case 'html':
      return html((token as Tokens.HTML).text, columns);
    default:
      return [];
  }
}

function heading(token: Tokens.Heading, columns: number): string[] {
  const lines = wrap(bold(inline(token.tokens)), columns);
  if (token.depth === 1) return [...lines, dim('━'.repeat(Math.min(columns, Math.max(...lines.map(width)))))];
  return token.depth === 2 ? lines.map(underline) : lines;
}

function list(token: Tokens.List, columns: number): string[] {
  const start = Number(token.start) || 1;
  const items = token.items.map((item, i) => {
    const marker = item.task ? (item.checked ? '☑ ' : '☐ ') : token.ordered ? `${start + i}. ` : '• ';
    const indent = ' '.repeat(width(marker));
    const parts = item.tokens.filter((part) => part.type !== 'checkbox');
    const gap = item.loose ? [''] : [];
    const body = parts
      .map((part) => block(part, columns - indent.length))
      .flatMap((lines, at) => (at === 0 || lines.length === 0 ? lines : [...gap, ...lines]));
    return (body.length > 0 ? body : ['']).map((line, at) => (at === 0 ? cyan(marker) : indent) + line);
  });
  return items.flatMap((lines, i) => (i > 0 && token.loose ? ['', ...lines] : lines));
}

/** A frame open at its right, so that a line can be copied; what is too long goes on under ↪. */
function code(token: Tokens.Code, columns: number): string[] {
  const language = token.lang?.split(/\s/)[0] ?? '';
  const inner = columns - 2;
  const rule = language === '' ? '─'.repeat(columns - 1) : cut(` ${language} ${'─'.repeat(columns)}`, columns).slice(0, columns - 1);
  const body = plain(token.text)
    .split('\n')
    .flatMap((line) => codeLine(line, inner));
  return [dim(`┌${rule}`), ...body.map((line) => `${dim('│')} ${line}`), dim(`└${'─'.repeat(columns - 1)}`)];
}

function codeLine(line: string, columns: number): string[] {
  if (width(line) <= columns) return [line];
  const indent = /^ */.exec(line)![0].slice(0, Math.max(0, columns - 10));
  const parts = wrap(line.trimStart(), columns - indent.length - 2);
  return parts.map((part, i) => indent + (i === 0 ? part : dim('↪ ') + part));
}

const ALERT = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*/;

function quote(token: Tokens.Blockquote, columns: number): string[] {
  const kind = ALERT.exec(token.text)?.[1];
  const tokens = kind ? lexer(token.text.replace(ALERT, '')) : token.tokens;
  const mark = kind === 'WARNING' || kind === 'CAUTION' ? yellow('▌ ') : cyan('▌ ');
  const title = kind ? [bold(kind[0] + kind.slice(1).toLowerCase())] : [];
  return [...title, ...blocks(tokens, columns - 2)].map((line) => mark + line);
}

/** Tags say nothing on a terminal; what stands between them does. Comments say nothing at all. */
function html(text: string, columns: number): string[] {
  const words = inlineText(text.replaceAll(/<!--[\s\S]*?-->/g, '').replaceAll(/<[^>]*>/g, '')).trim();
  return words === '' ? [] : hang('', words, columns);
}
