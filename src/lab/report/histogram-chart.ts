/** How far apart one person's photographs are, and those of two, with the thresholds between them. */
import type { Histogram } from '../../biometrics/statistics/histogram.js';
import type { Chart } from './html-report.js';
import { INK, linearScale, PAPER, plot, round, text, upright } from './plot.js';

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

/** @param words what the two sides are called; absent: pairs of one person and of two. */
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
