import type { Token, Tokens } from 'marked';
import { bold, cyan, dim, italic, plain, underline } from './ansi.ts';

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: '\u00A0', rarr: '→', mdash: '—', hellip: '…' };

/** Text of Markdown with its character references resolved and its soft line breaks as spaces. */
export function inlineText(text: string): string {
  const resolved = text.replaceAll(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name) return ENTITIES[name] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex!, 16);
    return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });
  return plain(resolved).replaceAll(/ *\n */g, ' ');
}

/** Emphasis, code, links: one string, with a newline only at a hard break. */
export const inline = (tokens: readonly Token[]): string => tokens.map(span).join('');

function span(token: Token): string {
  switch (token.type) {
    case 'strong':
      return bold(inline((token as Tokens.Strong).tokens));
    case 'em':
      return italic(inline((token as Tokens.Em).tokens));
    case 'del':
      return dim(inline((token as Tokens.Del).tokens));
    case 'codespan':
      return cyan(plain((token as Tokens.Codespan).text).replaceAll('\n', ' '));
    case 'br':
      return '\n';
    case 'link':
      return link(token as Tokens.Link);
    case 'image':
      return dim(`[image: ${inlineText((token as Tokens.Image).text)}]`);
    case 'html':
      return '';
    case 'text':
    case 'escape': {
      const { tokens, text } = token as Tokens.Text;
      return tokens ? inline(tokens) : inlineText(text);
    }
    default:
      return plain(token.raw);
  }
}

/** The address follows the text where a person could open it: a path within the lab is no use on a screen. */
function link({ href, tokens }: Tokens.Link): string {
  const text = inline(tokens);
  const address = plain(href);
  const shown = /^https?:/.test(address) && address !== text && address !== `http://${text}`;
  return underline(text) + (shown ? dim(` (${address})`) : '');
}
