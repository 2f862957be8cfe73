/** What grows with the number of objects: one small chart for each. */
export interface Series {
  title: string;
  unit: string;
  values: readonly number[];
}

const width = 300;
const height = 170;
const margin = { left: 56, right: 16, top: 34, bottom: 34 };
const perRow = 3;

/** The next of 1, 2, 5, 10, 20 … that is not smaller. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10);
}

const short = (value: number): string => (value >= 1000 ? `${value / 1000}k` : String(Number(value.toPrecision(3))));

/** Charts side by side, sizes on a logarithmic axis, values from zero. */
export function plot(sizes: readonly number[], series: readonly Series[]): string {
  const rows = Math.ceil(series.length / perRow);
  const charts = series.map(
    (one, i) => `<g transform="translate(${(i % perRow) * width},${Math.floor(i / perRow) * height})">${chart(sizes, one)}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${perRow * width} ${rows * height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
${charts.join('\n')}
</svg>
`;
}

function chart(sizes: readonly number[], { title, unit, values }: Series): string {
  const [first, last] = [Math.log10(sizes[0]!), Math.log10(sizes.at(-1)!)];
  const top = roundUp(Math.max(...values));
  const x = (size: number) => margin.left + ((Math.log10(size) - first) / (last - first)) * (width - margin.left - margin.right);
  const y = (value: number) => height - margin.bottom - (value / top) * (height - margin.top - margin.bottom);
  const points = sizes.map((size, i) => `${x(size).toFixed(1)},${y(values[i]!).toFixed(1)}`);
  const grid = [0, top / 2, top].map(
    (value) =>
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="${margin.left - 6}" y="${y(value) + 4}" text-anchor="end" fill="#555">${short(value)}</text>`,
  );
  const ticks = sizes.map(
    (size) => `<text x="${x(size)}" y="${height - margin.bottom + 16}" text-anchor="middle" fill="#555">${short(size)}</text>`,
  );
  const dots = points.map((point) => `<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="3" fill="#326ce5"/>`);
  return `<text x="${margin.left}" y="20" font-weight="bold">${title}, ${unit}</text>${grid.join('')}${ticks.join('')}<polyline points="${points.join(' ')}" fill="none" stroke="#326ce5" stroke-width="2"/>${dots.join('')}`;
}
