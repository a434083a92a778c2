/** Renders a report: as one page that needs nothing else (no script, no font, no picture from anywhere), or for a terminal. */
import { type Chart, escaped, type Report, type Table } from './html-report.js';

/** @param how the command that made it, and when. */
export function pageOf({ title, facts, tables, charts }: Report, how: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p class="how">${escaped(how)}</p>
<dl>${facts.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl>
<div class="charts">${charts.map(chartMarkup).join('\n')}</div>
${tables.map(tableMarkup).join('\n')}
</main>
</body>
</html>
`;
}

const noteMarkup = (note: string | undefined): string =>
  note === undefined ? '' : `<p class="note">${escaped(note)}</p>`;

const chartMarkup = ({ title, svg, note }: Chart): string =>
  `<figure><figcaption>${escaped(title)}</figcaption>${svg}${noteMarkup(note)}</figure>`;

function tableMarkup({ title, head, rows, note }: Table): string {
  const cells = (row: readonly string[], tag: string): string =>
    `<tr>${row.map((cell) => `<${tag}${cell.length > LONG ? ' class="long"' : ''}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<section><h2>${escaped(title)}</h2><div class="wide"><table><thead>${cells(head, 'th')}</thead>
<tbody>${rows.map((row) => cells(row, 'td')).join('\n')}</tbody></table></div>${noteMarkup(note)}</section>`;
}

/** Characters beyond which a cell is no figure but a name or a sentence, and may be broken anywhere. */
const LONG = 40;

const STYLE = `
:root { color-scheme: light; --ink: #1c2430; --faint: #5d6877; --line: #dde2e8; }
body { margin: 0; background: #f5f6f8; color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 64px; }
h1, h2, dt, dd, td, th, figcaption, p { unicode-bidi: plaintext; }
h1 { font-size: 24px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 32px 0 8px; overflow-wrap: anywhere; }
.how { color: var(--faint); margin: 4px 0 20px; font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 12px; margin: 0 0 24px; }
dl div { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
dl div { min-width: 0; }
dt { color: var(--faint); font-size: 13px; overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 440px), 1fr)); gap: 16px; align-items: start; }
figure { background: #fff; border: 1px solid var(--line); border-radius: 8px; margin: 0; padding: 14px; min-width: 0; }
figcaption { font-weight: 600; margin-bottom: 6px; overflow-wrap: anywhere; }
svg { width: 100%; height: auto; display: block; }
.wide { overflow-x: auto; background: #fff; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 7px 12px; white-space: nowrap; }
.long { white-space: normal; overflow-wrap: anywhere; min-width: 24ch; }
th { color: var(--faint); font-weight: 500; white-space: normal; vertical-align: bottom; border-bottom: 1px solid var(--line); }
tr + tr td { border-top: 1px solid #eef1f4; }
.note { color: var(--faint); font-size: 13px; margin: 8px 2px 0; overflow-wrap: anywhere; }
@page { size: A4; margin: 15mm; }
@media print {
  body { background: #fff; font-size: 9pt; }
  main { max-width: none; padding: 0; }
  dl div, figure, .wide { border-radius: 0; }
  dl div, figure, tr, .note { break-inside: avoid; }
  h2, figcaption { break-after: avoid; }
  thead { display: table-header-group; }
  .charts { display: block; }
  figure { margin: 0 0 12px; }
  .wide { overflow: visible; border: 0; }
  th, td { white-space: normal; padding: 3px 6px; }
  .long { min-width: 12ch; }
}
`;

/** For a terminal: facts, then tables in columns. Charts are for the page. */
export function terminalText({ facts, tables }: Report): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  const factLines = facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  return `${[...factLines, ...tables.flatMap(tableLines)].join('\n')}\n`;
}

function tableLines({ title, head, rows, note }: Table): readonly string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const lines = all.map((row) =>
    widths
      .map((width, column) => (row[column] ?? '').padEnd(width))
      .join('  ')
      .trimEnd(),
  );
  return ['', title, ...lines.map((line) => `  ${line}`), ...(note === undefined ? [] : [`  ${note}`])];
}
