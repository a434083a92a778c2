/** A report for a terminal: facts, then tables in columns. Charts are for the page. */
import type { Report, Table } from './html-report.js';

export function terminalText({ facts, tables }: Report): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  const told = facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  return `${[...told, ...tables.flatMap(tableLines)].join('\n')}\n`;
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
