/** The detection error trade-off as a picture: both axes logarithmic, because gates work where errors are rare. */
import type { DetPoint } from '../../biometrics/statistics/det.js';
import type { Chart } from './html-report.js';
import { INK, logScale, plot, round, text } from './plot.js';

interface DetMark {
  readonly fmr: number;
  readonly fnmr: number;
  readonly label: string;
}

/** @param impostorPairs below one of them nothing can be seen. */
export function detChart(
  curve: readonly DetPoint[],
  marks: readonly DetMark[],
  { impostorPairs, matedPairs }: { readonly impostorPairs: number; readonly matedPairs: number },
): Chart {
  const share = (value: number): string => `${Number((100 * value).toPrecision(3))} %`;
  const x = logScale(floorOf(1 / impostorPairs), 1, 'x', (value) =>
    value >= 0.001 ? share(value) : value.toExponential(0),
  );
  // No gate is set farther down, and one person's photographs would decide.
  const y = logScale(Math.max(1e-4, floorOf(1 / matedPairs)), 1, 'y', share);
  // A curve that steps up to 0 ends where it does; it is not drawn on into what was not seen.
  const seen = curve.filter(({ fmr, fnmr }) => fmr > 0 && fnmr > 0);
  const line = seen.map(({ fmr, fnmr }) => `${round(x.at(fmr))},${round(y.at(fnmr))}`).join(' ');
  const points = marks.map(({ fmr, fnmr, label }) => {
    const [across, up] = [x.at(fmr), y.at(fnmr)];
    return `<circle cx="${round(across)}" cy="${round(up)}" r="4" fill="#fff" stroke="${INK.mated}" stroke-width="2"/>${text([across + 8, up - 8], label, 'start', '#1c2430')}`;
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
