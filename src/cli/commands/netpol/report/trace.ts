import type { Outcome } from '../../../../netpol/model/flow.ts';
import { describeOrigin, type Origin } from '../../../../netpol/model/policies.ts';
import { type Html, html } from './html.ts';
import { badge } from './page.ts';

const place = (by: Origin): Html =>
  html`<br /><code>${describeOrigin(by)}</code> <span class="dim">(${by.file}, document ${by.document})</span>`;

/** A verdict with what decided it at each place. */
export const traceList = (name: string, { verdict, trace }: Outcome): Html =>
  html`<div>
    <p><b>${name}</b> ${badge(verdict)}</p>
    <ol class="trace">
      ${
        trace.length === 0
          ? html`<li>nothing on the way is policed</li>`
          : trace.map(
              (step) =>
                html`<li>
                  ${badge(step.verdict)} ${step.at}<br /><span class="dim">${step.why}</span>${step.by ? place(step.by) : undefined}
                </li>`,
            )
      }
    </ol>
  </div>`;
