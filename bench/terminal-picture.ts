/** Draws lines of a terminal as an SVG that shows the same columns in every browser, whichever monospaced font it has. */
import { escaped } from '../src/lab/report/html-report.js';

/** Of one character, in units of the picture; each line is stretched to them, so that no font makes it wider. */
const CELL = { width: 7.56, height: 19 } as const;
const EDGE = { left: 16, top: 50 } as const;

const COLOURS = [
  { lines: /^\$ /, colour: '#ffffff' },
  { lines: /^time /, colour: '#8b949e' },
  { lines: / LET IN /, colour: '#5fd38a' },
  { lines: / (SHUT|UNSURE) /, colour: '#e59a8f' },
];

/**
 * @param lines as they were printed; those wider than the terminal go on in the next row, as there.
 * @param columns width of the terminal in characters.
 */
export function terminalPicture(lines: readonly string[], columns: number, label: string): string {
  const rows = lines.flatMap((line) => {
    const colour = COLOURS.find((one) => one.lines.test(line))?.colour ?? '#c9d1d9';
    return wrapped(line.trimEnd(), columns).map((text) => ({ text, colour }));
  });
  const width = Math.ceil(2 * EDGE.left + columns * CELL.width);
  const height = EDGE.top + rows.length * CELL.height + 4;
  const texts = rows.flatMap(({ text, colour }, row) =>
    text === ''
      ? []
      : [
          `<text x="${EDGE.left}" y="${EDGE.top + row * CELL.height}" textLength="${(text.length * CELL.width).toFixed(2)}" lengthAdjust="spacingAndGlyphs" fill="${colour}" xml:space="preserve">${escaped(text)}</text>`,
        ],
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(label)}">
<rect width="${width}" height="${height}" rx="8" fill="#14181d"/>
<circle cx="18" cy="17" r="5" fill="#d9534f"/><circle cx="36" cy="17" r="5" fill="#e0a93b"/><circle cx="54" cy="17" r="5" fill="#4caf6d"/>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="12.6">
${texts.join('\n')}
</g></svg>
`;
}

/** At least one row, also of an empty line. */
function wrapped(line: string, columns: number): readonly string[] {
  const rows = Math.max(1, Math.ceil(line.length / columns));
  return Array.from({ length: rows }, (_, row) => line.slice(row * columns, (row + 1) * columns));
}
