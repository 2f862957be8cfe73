// A captured terminal screen (text with SGR codes) as SVG: each run of cells at its place in the grid.

interface Style {
  color: number | undefined;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
}

interface Run {
  text: string;
  column: number;
  style: Style;
}

const plain: Style = { color: undefined, bold: false, dim: false, italic: false, underline: false, inverse: false };

/** The sixteen colours as xterm-like terminals have them on a dark ground. */
const PALETTE: (string | undefined)[] = [
  ...['#2e3440', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d8dee9'],
  ...['#6b7489', '#ff7b86', '#b5e890', '#ffd68a', '#7cc4ff', '#e29bff', '#6fd6e3', '#ffffff'],
];
const GROUND = '#1b1f27';
const TEXT = '#d8dee9';

const FONT = 14;
/** DejaVu Sans Mono: 0.602 em wide, and its box drawing joins at 1.164 em. */
const CELL = { width: FONT * 0.602, height: Math.floor(FONT * 1.164) };
const MARGIN = 12;

/** The screen as an SVG document. */
export function ansiToSvg(screen: string, size: { columns: number; rows: number }): string {
  const lines = screen.split('\n').slice(0, size.rows);
  const width = Math.ceil(size.columns * CELL.width + 2 * MARGIN);
  const height = size.rows * CELL.height + 2 * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="100%" height="100%" rx="8" fill="${GROUND}"/>
<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="${FONT}" xml:space="preserve">
${lines.flatMap((line, row) => runs(line).map((run) => draw(run, row))).join('\n')}
</g>
</svg>
`;
}

function draw({ text, column, style }: Run, row: number): string {
  const x = MARGIN + column * CELL.width;
  const y = MARGIN + row * CELL.height;
  const width = columnsOf(text) * CELL.width;
  const color = (style.color === undefined ? undefined : PALETTE[style.color]) ?? TEXT;
  const ground = style.inverse ? `<rect x="${x}" y="${y}" width="${width}" height="${CELL.height}" fill="${color}"/>` : '';
  const attributes = [
    `fill="${style.inverse ? GROUND : color}"`,
    style.dim ? 'fill-opacity="0.6"' : '',
    style.bold ? 'font-weight="bold"' : '',
    style.italic ? 'font-style="italic"' : '',
    style.underline ? 'text-decoration="underline"' : '',
  ].filter((attribute) => attribute !== '');
  if (text.trim() === '') return ground;
  return `${ground}<text x="${x}" y="${y + FONT * 0.93}" textLength="${width}" ${attributes.join(' ')}>${escaped(text)}</text>`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(' ', '\u00A0');

/** East Asian wide characters take two cells; the TUI's own glyphs take one. */
const isWide = (char: string): boolean =>
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\u{1F300}-\u{1FAFF}]/u.test(char);
const columnsOf = (text: string): number => Array.from(text).reduce((sum, char) => sum + (isWide(char) ? 2 : 1), 0);

const ESCAPE = '\u001B';

function runs(line: string): Run[] {
  const found: Run[] = [];
  let style = plain;
  let column = 0;
  for (const piece of line.split(new RegExp(String.raw`(${ESCAPE}\[[\d;]*m)`))) {
    if (piece.startsWith(ESCAPE)) style = piece.slice(2, -1).split(';').reduce(applied, style);
    else if (piece !== '') {
      found.push({ text: piece, column, style });
      column += columnsOf(piece);
    }
  }
  return found;
}

function applied(style: Style, parameter: string): Style {
  const code = Number(parameter || 0);
  if (code === 0) return plain;
  if (code >= 30 && code <= 37) return { ...style, color: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, color: code - 82 };
  const changes: Record<number, Partial<Style>> = {
    1: { bold: true },
    2: { dim: true },
    3: { italic: true },
    4: { underline: true },
    7: { inverse: true },
    22: { bold: false, dim: false },
    23: { italic: false },
    24: { underline: false },
    27: { inverse: false },
    39: { color: undefined },
  };
  return { ...style, ...changes[code] };
}
