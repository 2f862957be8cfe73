import stringWidth from 'string-width';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { markdown } from '../../src/tui/text/markdown.ts';

const text = (source: string, columns = 40): string[] => markdown(source, columns).map((line) => stripVTControlCharacters(line).trimEnd());

describe('markdown on a terminal', () => {
  it('wraps a paragraph between words and joins its soft line breaks', () => {
    expect(text('one two\nthree four', 9)).toEqual(['one two', 'three', 'four']);
  });

  it('keeps a hard line break', () => {
    expect(text('one  \ntwo')).toEqual(['one', 'two']);
  });

  it('underlines the first heading with a rule', () => {
    expect(text('# Title\n\ntext')).toEqual(['Title', '━━━━━', '', 'text']);
  });

  it('indents what belongs to a list item', () => {
    expect(text('1. first item that wraps\n2. second\n   - nested\n\nafter', 14)).toEqual([
      '1. first item',
      '   that wraps',
      '2. second',
      '   • nested',
      '',
      'after',
    ]);
  });

  it('numbers a list from where it starts, and shows tasks', () => {
    expect(text('3. three\n4. four')).toEqual(['3. three', '4. four']);
    expect(text('- [x] done\n- [ ] open')).toEqual(['☑ done', '☐ open']);
  });

  it('frames code, naming its language, without a bar at the right that a copy would catch', () => {
    expect(text('```sh\nkubectl get pods\n```', 20)).toEqual(['┌ sh ───────────────', '│ kubectl get pods', '└───────────────────']);
  });

  it('keeps the indentation of code and marks where a long line goes on', () => {
    const lines = text('```yaml\nspec:\n  defaults: "a-value-that-is-long"\n```', 24);
    expect(lines.slice(1, -1)).toEqual(['│ spec:', '│   defaults: "a-value', '│   ↪ -that-is-long"']);
  });

  it('leaves code alone: no emphasis, no entities', () => {
    expect(text('```\n**a** &amp; _b_\n```', 24)[1]).toBe('│ **a** &amp; _b_');
    expect(text('`**a** &amp;`')).toEqual(['**a** &amp;']);
  });

  it('shows the address of a web link, and only the text of a path', () => {
    expect(text('[guide](https://a.io/g) and [next](../b.md)')).toEqual(['guide (https://a.io/g) and next']);
    expect(text('<https://a.io/g>')).toEqual(['https://a.io/g']);
  });

  it('aligns a table and wraps its cells', () => {
    expect(text('| a | b |\n|---|---|\n| one | two words here |', 14)).toEqual([
      'a   │ b',
      '────┼─────────',
      'one │ two',
      '    │ words',
      '    │ here',
    ]);
  });

  it('names an alert and marks its lines', () => {
    expect(text('> [!WARNING]\n> hot')).toEqual(['▌ Warning', '▌ hot']);
  });

  it('resolves character references and drops comments and tags', () => {
    expect(text('a &lt;b&gt; &#8594; <b>c</b>\n\n<!-- no -->\n\nend')).toEqual(['a <b> → c', '', 'end']);
  });

  it('takes away escape codes that the source brings along', () => {
    expect(markdown('a \u001B[31mred\u001B[2J b', 40)).toEqual(['a red b']);
  });

  it('restores the outer style after an inner one', () => {
    expect(markdown('**a `b` c**', 40)).toEqual(['\u001B[1ma \u001B[36mb\u001B[39m c\u001B[22m']);
  });

  it.each([20, 33, 76])('never goes past %i columns', (columns) => {
    const source = `# ${'漢字'.repeat(20)}\n\n${'word '.repeat(40)}\n\n> - ${'nested '.repeat(9)}\n\n\`\`\`\n${'x'.repeat(99)}\n\`\`\`\n\n| a | b |\n|-|-|\n| ${'y'.repeat(50)} | z |\n`;
    for (const line of markdown(source, columns)) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
  });
});
