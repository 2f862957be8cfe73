import type { Evaluator } from '../../../../netpol/evaluate/evaluate.ts';
import type { Cluster } from '../../../../netpol/model/cluster.ts';
import { type Html, html } from './html.ts';

/** A table of more ends than this is no longer read by anybody. */
const limit = 60;

export const endsOf = (cluster: Cluster): string[] => [
  ...cluster.pods.keys(),
  ...[...cluster.nodes.keys()].map((name) => `node-${name}`),
  ...(cluster.outside ? ['out'] : []),
];

const cell = (first: boolean, second: boolean): Html => {
  if (first && second) return html`<td class="both" title="allowed">✓</td>`;
  if (!first && !second) return html`<td class="neither" title="denied">·</td>`;
  return second
    ? html`<td class="opened" title="denied by the first set, allowed by the second">+</td>`
    : html`<td class="closed" title="allowed by the first set, denied by the second">−</td>`;
};

/** Who reaches whom on one port, under one or two sets. */
export function matrixTable(cluster: Cluster, at: { protocol: string; port: number }, first: Evaluator, second: Evaluator = first): Html {
  const all = endsOf(cluster);
  const ends = all.slice(0, limit);
  const allowed = (evaluator: Evaluator, from: string, to: string) => evaluator.evaluate({ from, to, ...at }).verdict === 'allow';
  const rows = ends.map(
    (from) =>
      html`<tr>
        <th scope="row">${from}</th>
        ${ends.map((to) => cell(allowed(first, from, to), allowed(second, from, to)))}
      </tr>`,
  );
  const left = all.length > limit ? html`<p class="dim">The first ${limit} of ${all.length} ends.</p>` : undefined;
  const legend =
    first === second ? '✓ allowed · denied' : '✓ allowed by both · denied by both + only the second allows − only the first allows';
  return html`<div class="scroll" tabindex="0">
      <table class="matrix">
        <thead>
          <tr>
            <td></td>
            ${ends.map((to) => html`<th scope="col">${to}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    <p class="dim">${at.protocol}/${at.port} from the row to the column: ${legend}</p>
    ${left}`;
}
