import { matchProvenance } from '../../../../netpol/compare/carried.ts';
import type { Comparison, Difference, Side } from '../../../../netpol/compare/compare.ts';
import type { Provenance } from '../../../../netpol/compare/provenance.ts';
import { createEvaluator } from '../../../../netpol/evaluate/evaluate.ts';
import { describeOrigin, type Origin } from '../../../../netpol/model/policies.ts';
import { type Html, html } from './html.ts';
import { matrixTable } from './matrix-table.ts';
import { badge, list, page } from './page.ts';
import { traceList } from './trace.ts';

function differenceCard({ flow, a, b, services, pairs, examples, future, pods }: Difference): Html {
  return html`<section class="card">
    <h3><code>${flow.from}</code> → <code>${flow.to}</code> ${flow.protocol}/${flow.port}</h3>
    <p>
      ${b.verdict === 'allow' ? 'The second set opens what the first denies.' : 'The second set denies what the first allows.'} ${pairs}
      ${future ? 'pairs of kinds of endpoints' : 'pairs of endpoints'}, on ${services}.
    </p>
    ${examples.length > 1 ? html`<p class="dim">Also ${examples.slice(1).join('; ')}</p>` : undefined}${pods.length > 0 ? list(pods) : undefined}
    <div class="sides">${traceList('First set', a)}${traceList('Second set', b)}</div>
  </section>`;
}

const differencesOf = (title: string, differences: readonly Difference[]): Html =>
  html`<h2>${title}</h2>
    ${differences.length === 0 ? html`<p>${badge('equivalent')} No flow differs.</p>` : differences.map(differenceCard)}`;

function coverageTable(result: Comparison, provenance: readonly Provenance[]): Html {
  const { rules, unaccounted } = matchProvenance(result.coverage, provenance);
  const cell = (origins: readonly Origin[]) => origins.map((origin) => html`<div><code>${describeOrigin(origin)}</code></div>`);
  return html`<h2>Coverage, rule by rule</h2>
    <div class="scroll" tabindex="0">
      <table>
        <thead>
          <tr>
            <th>Rule of the first set</th>
            <th>State</th>
            <th>Declared to carry it</th>
            <th>Decides the same flows</th>
            <th>Otherwise there</th>
          </tr>
        </thead>
        <tbody>
          ${rules.map(
            ({ rule, state, declared, carriedBy, against }) =>
              html`<tr>
                <td><code>${describeOrigin(rule)}</code></td>
                <td>${badge(state)}</td>
                <td>${cell(declared)}</td>
                <td>${cell(carriedBy)}</td>
                <td>${against.map((text) => html`<div>${text}</div>`)}</td>
              </tr>`,
          )}${unaccounted.map(
            (rule) =>
              html`<tr>
                <td></td>
                <td>${badge('unaccounted')}</td>
                <td></td>
                <td><code>${describeOrigin(rule)}</code></td>
                <td>no rule of the first set accounts for it</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="dim">
      covered: the same verdict on every flow that the rule decides, from something written there. implicit: the same verdict, but at least
      once from nothing that was written. idle: the rule decides no flow.
    </p>`;
}

/** What one would show a security team: the answer, the differences with their traces, the matrix, the coverage, what it holds for. */
export function comparisonPage(result: Comparison, { a, b, provenance }: { a: Side; b: Side; provenance: readonly Provenance[] }): string {
  const { verdict, size, present, future, undecided } = result;
  const evaluators = [a, b].map((side) => createEvaluator(side.cluster, side.policies, side.settings));
  const flow = [...present.differences, ...(future?.differences ?? [])].find((d) => d.flow.protocol === 'tcp')?.flow;
  const at = { protocol: 'tcp', port: flow?.port || 80 };
  const fact = (name: string, value: string | number) => html`<div><b>${value}</b>${name}</div>`;
  const body = html`<header>
      <h1>Two policy sets compared</h1>
      <p>
        ${badge(verdict)}
        ${
          verdict === 'equivalent'
            ? 'Both sets give the same verdict on every flow that is described below.'
            : verdict === 'different'
              ? 'Some flows get another verdict: each cause is shown with one of its flows.'
              : 'No difference was found, but something could not be decided.'
        }
      </p>
    </header>
    <div class="facts">
      ${fact('pods', size.pods)}${fact('kinds of pods', size.kinds)}${fact('kinds that may come', size.futureKinds)}${fact('kinds of outside addresses', size.addresses)}${fact('kinds of services', size.services)}${fact('pairs decided', size.pairs)}
    </div>
    ${
      undecided.length > 0
        ? html`<h2>Not decided</h2>
            ${list(undecided)}`
        : undefined
    }
    ${differencesOf('Differences between present endpoints', present.differences)}
    ${future ? differencesOf('Differences with endpoints that may come', future.differences) : undefined}
    <h2>Connectivity</h2>
    ${matrixTable(a.cluster, at, evaluators[0]!, evaluators[1])} ${coverageTable(result, provenance)}
    <h2>Decided over</h2>
    ${list(result.quantified)}
    <h2>Assumptions</h2>
    ${list(result.assumptions)}
    <p class="dim">Computed from the files by kindlab; nothing was sent over a network.</p>`;
  return page('Two policy sets compared', body);
}
