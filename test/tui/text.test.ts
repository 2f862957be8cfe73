import { assert, boolean, integer, property, string } from 'fast-check';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { bold, cut, cutMiddle, dim, fit, plain, red, spread, wrap } from '../../src/tui/text/ansi.ts';
import { frame } from '../../src/tui/text/frame.ts';
import { table } from '../../src/tui/text/table.ts';

describe('text of a given width', () => {
  it('is cut with an ellipsis inside its style', () => {
    expect(cut(red('abcdef'), 4)).toBe('\u001B[31mabc…\u001B[39m');
  });

  it('is cut in the middle where names differ at their ends', () => {
    expect(cutMiddle('web-7c9f8d5b6-x2x4z', 12)).toBe('web…b6-x2x4z');
  });

  it('never splits a wide character', () => {
    expect(cut('漢字漢字', 4)).toBe('漢…');
    expect(fit('漢字', 5)).toBe('漢字 ');
  });

  it('is exact for any text, styled or not', () => {
    assert(
      property(string({ unit: 'grapheme' }), integer({ min: 0, max: 30 }), boolean(), (text, columns, styled) => {
        const clean = plain(text).replaceAll('\n', ' ');
        const source = styled ? bold(`a${red(clean)}`) : clean;
        expect(stringWidth(fit(source, columns))).toBe(columns);
        expect(stringWidth(spread(source, 'end', columns))).toBe(columns);
        expect(stringWidth(cutMiddle(clean, columns))).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it('loses what would move the cursor', () => {
    expect(plain('a\u001B[2Jb\r\tc\u0007\nd')).toBe('ab  c\nd');
  });

  it('keeps bold after a dim part, which ends by the same code', () => {
    expect(bold(`a${dim('b')}c`)).toBe('\u001B[1ma\u001B[2mb\u001B[22m\u001B[1mc\u001B[22m');
  });

  it('wraps a word that is longer than a line', () => {
    expect(wrap('abcdef', 4)).toEqual(['abcd', 'ef']);
  });
});

describe('a frame', () => {
  const props = { title: 'Pods', lines: ['1', '2', '3', '4', '5'], columns: 20, rows: 5, focused: false };
  const shown = (scroll: number) => frame({ ...props, scroll }).map((line) => stripVTControlCharacters(line));

  it('says how much is below', () => {
    expect(shown(0)).toEqual([
      '╭─ Pods ───────────╮',
      '│ 1                │',
      '│ 2                │',
      '│ 3                │',
      '╰─────── ↓ 2 more ─╯',
    ]);
  });

  it('says how much is above, and never scrolls past the last line', () => {
    expect(shown(99)).toEqual([
      '╭─ Pods ───── ↑ 2 ─╮',
      '│ 3                │',
      '│ 4                │',
      '│ 5                │',
      '╰──────────────────╯',
    ]);
  });
});

describe('a table', () => {
  const rows = [
    [{ text: 'a-name-that-is-rather-long' }, { text: 'x' }, { text: '' }, { text: 'extra' }],
    [{ text: 'short' }, { text: 'yyy' }, { text: '' }, { text: '' }],
  ];

  it('aligns its columns and leaves out an empty one', () => {
    expect(table(rows, 60, 2)).toEqual(['a-name-that-is-rather-long  x    extra', 'short                       yyy']);
  });

  it('cuts the name before it leaves out a column', () => {
    expect(table(rows, 34, 2)).toEqual(['a-name-…is-rather-long  x    extra', 'short                   yyy']);
  });

  it('leaves out columns from the right where a name would become too short', () => {
    expect(table(rows, 25, 2)).toEqual(['a-name…s-rather-long  x', 'short                 yyy']);
  });
});
