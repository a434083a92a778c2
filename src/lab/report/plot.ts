/** Draws the frame of a chart: scales, ticks and grid. */
import { escaped } from './markup.js';

interface Scale {
  /** From a value to a place in the drawing. */
  at(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** Of the whole drawing, in its own units; the page scales it. */
export const PAPER = { width: 560, height: 360, left: 74, right: 26, top: 34, bottom: 46 } as const;

export const INK = { mated: '#1f77b4', impostors: '#d1495b', line: '#c9d0d8', text: '#5d6877' } as const;

const left = PAPER.left;
const right = PAPER.width - PAPER.right;
const top = PAPER.top;
const bottom = PAPER.height - PAPER.bottom;

/** Decades from `from` to `to`, both above 0; a value outside is drawn at the edge. */
export function logScale(from: number, to: number, axis: 'x' | 'y', label: (value: number) => string): Scale {
  const [start, end] = axis === 'x' ? [left, right] : [bottom, top];
  const [low, high] = [Math.log10(from), Math.log10(to)];
  const ticks: { value: number; label: string }[] = [];
  for (let power = Math.ceil(low - 1e-9); power <= high + 1e-9; power += 1)
    ticks.push({ value: 10 ** power, label: label(10 ** power) });
  return {
    at: (value) => {
      const share = (Math.log10(Math.max(value, from)) - low) / (high - low);
      return start + Math.min(1, share) * (end - start);
    },
    ticks,
  };
}

/** About five round ticks. */
export function linearScale(
  from: number,
  to: number,
  axis: 'x' | 'y',
  label: (value: number) => string,
): Scale {
  const [start, end] = axis === 'x' ? [left, right] : [bottom, top];
  const rough = (to - from) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? rough;
  const ticks: { value: number; label: string }[] = [];
  for (let value = Math.ceil(from / step) * step; value <= to + step * 1e-6; value += step)
    ticks.push({ value, label: label(value) });
  return { at: (value) => start + ((value - from) / (to - from)) * (end - start), ticks };
}

/** @param inner what is drawn on the paper. */
export function plot(
  { x, y }: { readonly x: Scale; readonly y: Scale },
  { title, across, up }: { readonly title: string; readonly across: string; readonly up: string },
  inner: string,
): string {
  const grid = [
    ...x.ticks.map(({ value, label }) => {
      const at = round(x.at(value));
      return `<line x1="${at}" x2="${at}" y1="${top}" y2="${bottom}" stroke="${INK.line}" stroke-width=".6"/>${text([at, bottom + 17], label, 'middle')}`;
    }),
    ...y.ticks.map(({ value, label }) => {
      const at = round(y.at(value));
      return `<line x1="${left}" x2="${right}" y1="${at}" y2="${at}" stroke="${INK.line}" stroke-width=".6"/>${text([left - 7, at + 4], label, 'end')}`;
    }),
  ];
  const middle = (top + bottom) / 2;
  return `<svg viewBox="0 0 ${PAPER.width} ${PAPER.height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="12">
${grid.join('\n')}
${inner}
${text([(left + right) / 2, PAPER.height - 8], across, 'middle')}
<text transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle" fill="${INK.text}">${escaped(up)}</text>
</svg>`;
}

/** @param at x and y. */
export function text(
  [x, y]: readonly [number, number],
  words: string,
  anchor: 'start' | 'middle' | 'end',
  colour: string = INK.text,
): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="${colour}">${escaped(words)}</text>`;
}

/** An upright line over the whole paper with a word above it. */
export function upright(at: number, word: string, row: 0 | 1, dashes: string): string {
  const place = round(at);
  return `<line x1="${place}" x2="${place}" y1="${row === 0 ? top - 16 : top - 2}" y2="${bottom}" stroke="#1c2430" stroke-width="1" stroke-dasharray="${dashes}"/>${text([place, row === 0 ? top - 20 : top - 6], word, 'middle', '#1c2430')}`;
}

export const round = (value: number): number => Math.round(value * 100) / 100;
