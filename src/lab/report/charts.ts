/** Draws charts: the frame with scales, ticks and grid, the detection error trade-off, and histograms of distances. */

import type { DetPoint, Histogram } from '../../biometrics/statistics/det.js';
import { type Chart, escaped } from './html-report.js';

interface Scale {
  /** From a value to a place in the drawing. */
  at(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** Of the whole drawing, in its own units; the page scales it. */
const PAPER = { width: 560, height: 360, left: 74, right: 26, top: 34, bottom: 46 } as const;

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
function linearScale(from: number, to: number, axis: 'x' | 'y', label: (value: number) => string): Scale {
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

type Anchor = 'start' | 'middle' | 'end';

/** @param at x and y. */
export function text(
  [x, y]: readonly [number, number],
  words: string,
  anchor: Anchor,
  colour: string = INK.text,
): string {
  const placed = fitting(x, words, anchor);
  const whole = placed.words === words ? '' : `<title>${escaped(words)}</title>`;
  return `<text x="${round(placed.x)}" y="${round(y)}" text-anchor="${placed.anchor}" fill="${colour}" stroke="#fff" stroke-width="3" paint-order="stroke">${whole}${escaped(placed.words)}</text>`;
}

/** Of a letter at 12 units, rather too wide than too narrow; those of East Asia are square. */
const LETTER = { usual: 6.8, square: 12 } as const;

/** What of a label fits on the paper: on the other side of its place where there is more room, else cut with an ellipsis. */
function fitting(x: number, words: string, anchor: Anchor): { x: number; words: string; anchor: Anchor } {
  // A label in the plot ends at the axis; those of the axis itself have the margin.
  const room = {
    start: PAPER.width - x,
    end: x > left ? x - left : x,
    middle: 2 * Math.min(x, PAPER.width - x),
  };
  if (widthOf(words) <= room[anchor]) return { x, words, anchor };
  if (anchor === 'start' && room.end > room.start) return fitting(x - 2 * BESIDE, words, 'end');
  const letters = [...new Intl.Segmenter().segment(words)].map(({ segment }) => segment);
  while (letters.length > 0 && widthOf(`${letters.join('')}…`) > room[anchor]) letters.pop();
  return { x, words: `${letters.join('')}…`, anchor };
}

/** From a mark to its label. */
const BESIDE = 8;

const widthOf = (words: string): number =>
  [...words].reduce((sum, one) => sum + (one >= '\u2e80' ? LETTER.square : LETTER.usual), 0);

/** An upright line over the whole paper with a word above it. */
function upright(at: number, word: string, row: 0 | 1, dashes: string): string {
  const place = round(at);
  return `<line x1="${place}" x2="${place}" y1="${row === 0 ? top - 16 : top - 2}" y2="${bottom}" stroke="#1c2430" stroke-width="1" stroke-dasharray="${dashes}"/>${text([place, row === 0 ? top - 20 : top - 6], word, 'middle', '#1c2430')}`;
}

export const round = (value: number): number => Math.round(value * 100) / 100;

interface DetMark {
  readonly fmr: number;
  readonly fnmr: number;
  readonly label: string;
}

/**
 * The detection error trade-off: both axes logarithmic, because gates work where errors are rare.
 * @param impostorPairs below one of them nothing can be seen.
 */
export function detChart(
  curve: readonly DetPoint[],
  marks: readonly DetMark[],
  { impostorPairs, matedPairs }: { readonly impostorPairs: number; readonly matedPairs: number },
): Chart {
  // Rates as everywhere in the tables; percent would need eight zeros at the left end.
  const power = (value: number): string => (value === 1 ? '1' : value.toExponential(0));
  const x = logScale(floorOf(1 / impostorPairs), 1, 'x', power);
  // No gate is set farther down, and one person's photographs would decide.
  const y = logScale(Math.max(1e-4, floorOf(1 / matedPairs)), 1, 'y', power);
  // A curve that steps up to 0 ends where it does; it is not drawn on into what was not seen.
  const seen = curve.filter(({ fmr, fnmr }) => fmr > 0 && fnmr > 0);
  const line = seen.map(({ fmr, fnmr }) => `${round(x.at(fmr))},${round(y.at(fnmr))}`).join(' ');
  const points = marks.map(({ fmr, fnmr, label }) => {
    const [across, up] = [x.at(fmr), y.at(fnmr)];
    return `<circle cx="${round(across)}" cy="${round(up)}" r="4" fill="#fff" stroke="${INK.mated}" stroke-width="2"/>${text([across + BESIDE, up - BESIDE], label, 'start', '#1c2430')}`;
  });
  const title = 'Detection error trade-off';
  return {
    title,
    svg: plot(
      { x, y },
      { title, across: 'false match rate (FMR)', up: 'false non-match rate (FNMR)' },
      `<polyline points="${line}" fill="none" stroke="${INK.mated}" stroke-width="2" stroke-linejoin="round"/>\n${points.join('\n')}`,
    ),
  };
}

const floorOf = (value: number): number => Math.min(0.1, 10 ** Math.floor(Math.log10(value) + 1e-9));

interface ThresholdMark {
  readonly distance: number;
  readonly label: string;
}

interface HistogramWords {
  readonly title: string;
  readonly mated: string;
  readonly impostors: string;
  readonly across: string;
  readonly up: string;
  readonly note: string;
}

const OF_PAIRS: HistogramWords = {
  title: 'Distances of pairs',
  mated: 'one person',
  impostors: 'two people',
  across: 'distance',
  up: 'share of pairs',
  note: 'Dashed: the distance below which pairs match at this false match rate, as measured here.',
};

/**
 * How far apart one person's photographs are, and those of two, with the thresholds between them.
 * @param words what the two sides are called; absent: pairs of one person and of two.
 */
export function histogramChart(
  mated: Histogram,
  impostors: Histogram,
  marks: readonly ThresholdMark[],
  words: HistogramWords = OF_PAIRS,
): Chart {
  const shares = [mated, impostors].map(({ counts }) => {
    const all = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => count / Math.max(1, all));
  });
  const highest = Math.max(1e-6, ...shares.flat());
  const x = linearScale(mated.from, mated.to, 'x', (value) => String(Number(value.toPrecision(3))));
  const y = linearScale(0, highest * 1.05, 'y', (value) => `${Number((100 * value).toPrecision(3))} %`);
  const areas = [INK.mated, INK.impostors].map((colour, i) => {
    const own = shares[i] ?? [];
    const width = (mated.to - mated.from) / own.length;
    const steps = own.map((share, bin) => {
      const [from, to] = [mated.from + bin * width, mated.from + (bin + 1) * width];
      return `L${round(x.at(from))},${round(y.at(share))}L${round(x.at(to))},${round(y.at(share))}`;
    });
    const ground = round(y.at(0));
    return `<path d="M${round(x.at(mated.from))},${ground}${steps.join('')}L${round(x.at(mated.to))},${ground}Z" fill="${colour}" fill-opacity=".28" stroke="${colour}" stroke-width="1.2"/>`;
  });
  const lines = marks.map(({ distance, label }, i) =>
    upright(x.at(distance), label, i % 2 === 0 ? 0 : 1, '4 3'),
  );
  // Under the axis: anywhere above it something may be drawn.
  const legend = [
    text([PAPER.left, PAPER.height - 8], words.mated, 'start', INK.mated),
    text([PAPER.width - PAPER.right, PAPER.height - 8], words.impostors, 'end', INK.impostors),
  ];
  const { title, across, up, note } = words;
  return {
    title,
    svg: plot({ x, y }, { title, across, up }, [...areas, ...lines, ...legend].join('\n')),
    note,
  };
}
