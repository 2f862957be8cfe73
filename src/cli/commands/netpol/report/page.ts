import { Html, html } from './html.ts';

const style = `
:root { color-scheme: light dark; --bg: #fff; --fg: #1b1f24; --dim: #5b6570; --line: #d5dae0; --card: #f6f8fa; --yes: #1a7f37; --yes-bg: #d2f4d9; --no: #b42318; --no-bg: #fde3e0; --warn: #8a5a00; --warn-bg: #fff0c9; }
@media (prefers-color-scheme: dark) { :root { --bg: #0f1419; --fg: #e6e9ed; --dim: #9aa5b1; --line: #333c47; --card: #171e26; --yes: #5fd07a; --yes-bg: #143a1f; --no: #ff8f85; --no-bg: #4a1a17; --warn: #f0c15c; --warn-bg: #43340f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 1280px; background: var(--bg); color: var(--fg); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); } h3 { font-size: 1rem; margin: 0; }
p { margin: .4rem 0; } .dim { color: var(--dim); } code { font: .88em ui-monospace, monospace; }
.badge { display: inline-block; padding: .1em .6em; border-radius: 1em; font-weight: 600; font-size: .85em; white-space: nowrap; }
.allow, .equivalent, .covered { color: var(--yes); background: var(--yes-bg); } .deny, .different, .uncovered, .unaccounted { color: var(--no); background: var(--no-bg); } .undecided, .implicit { color: var(--warn); background: var(--warn-bg); } .idle { color: var(--dim); background: var(--card); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0; }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; } .facts b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; margin: .75rem 0; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin-top: .6rem; } @media (max-width: 700px) { .sides { grid-template-columns: 1fr; } }
ol.trace { margin: .3rem 0; padding-left: 1.2rem; font-size: .9rem; } ol.trace li { margin: .3rem 0; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; } table { border-collapse: collapse; font-size: .88rem; width: 100%; } th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: normal; } td { overflow-wrap: anywhere; min-width: 5rem; }
table.matrix { width: auto; } table.matrix th { font-weight: 500; white-space: nowrap; } table.matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); vertical-align: bottom; } table.matrix tbody th { position: sticky; left: 0; background: var(--bg); } table.matrix td { min-width: 2rem; text-align: center; font-weight: 600; padding: .25rem; }
td.both { color: var(--yes); background: var(--yes-bg); } td.neither { color: var(--dim); } td.opened, td.closed { color: var(--no); background: var(--no-bg); outline: 2px solid var(--no); outline-offset: -2px; }
ul { padding-left: 1.2rem; } @media print { body { max-width: none; } }
`;

/** One self-contained page: it loads nothing, and runs no script. */
export const page = (title: string, body: Html): string =>
  `<!doctype html>\n${
    html`<html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`.text
  }\n`;

export const badge = (state: string): Html => html`<span class="badge ${state}">${state}</span>`;
export const list = (texts: readonly string[]): Html =>
  html`<ul>
    ${texts.map((text) => html`<li>${text}</li>`)}
  </ul>`;
