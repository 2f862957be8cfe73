const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that stands for itself in a page. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (c) => entities[c]!);

/** A piece of a page; only `html` makes one, so that no text gets in unescaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Html[] | undefined;

const show = (part: Part): string =>
  part === undefined
    ? ''
    : part instanceof Html
      ? part.text
      : Array.isArray(part)
        ? part.map((p: Html) => p.text).join('')
        : escape(String(part));

export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(strings.map((text, i) => text + (i < parts.length ? show(parts[i]) : '')).join(''));
