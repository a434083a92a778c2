/** The report of `evaluate clips`. */
import type { ClipRates, ClipsResult } from '../evaluate/measure-clips.js';
import { detChart, histogramChart } from './charts.js';
import { count, percent, worstTables } from './figures.js';
import type { Report, Table } from './html-report.js';

export function clipsReport(result: ClipsResult): Report {
  const { byFrame, byTrack } = result;
  const byHead = result.head === 'identity' ? '' : ` with a ${result.head} head`;
  return {
    title: `Fixed camera: ${result.pack}${byHead}`,
    facts: [
      ['pack', `${result.pack}${byHead}`],
      ['model digest', result.digest.slice(0, 16)],
      ['compared', result.isSameCamera ? 'through the centre of the camera' : 'raw'],
      ['people', count(result.people)],
      ['clips', count(result.clips.length)],
      [
        'clips without one usable look',
        result.withoutLook.length === 0 ? 'none' : result.withoutLook.join(', '),
      ],
    ],
    charts: [
      detChart(byFrame.spread.det, [], byFrame),
      histogramChart(
        byFrame.spread.mated,
        byFrame.spread.impostors,
        byFrame.rates.map(({ threshold, fmr }) => ({ distance: threshold, label: fmr.toExponential(0) })),
      ),
    ],
    tables: [ratesTable(byFrame, byTrack), acquiredTable(result), ...worstTables(byFrame.worst)],
  };
}

const ratesTable = (byFrame: ClipRates, byTrack: ClipRates): Table => ({
  title: 'By frame and by track, pairs of different clips only',
  head: ['', 'probes', 'mated pairs', 'impostor pairs', 'nearest is the right person', 'FMR', 'TMR'],
  rows: (
    [
      ['by frame', byFrame],
      ['by track', byTrack],
    ] as const
  ).flatMap(([name, of]) => {
    const { right, of: asked } = of.nearest;
    const start = [
      name,
      count(of.probes),
      count(of.matedPairs),
      count(of.impostorPairs),
      `${count(right)} of ${count(asked)}`,
    ];
    if (of.rates.length === 0) return [[...start, 'too few pairs', '']];
    return of.rates.map(({ fmr, tmr, matches, matedPairs }) => [
      ...start,
      fmr.toExponential(0),
      `${percent(tmr)} (${count(matches)} of ${count(matedPairs)})`,
    ]);
  }),
  note: 'No intervals: with so few people none would mean anything. A track is the mean of its looks. In a clip the track seen most is the person; whoever was in the picture beside it is left out.',
});

const acquiredTable = ({ clips }: ClipsResult): Table => ({
  title: 'Failures to acquire',
  head: ['clip', 'person', 'frames', 'alone at the gate', 'usable looks', 'why not'],
  rows: clips.map(({ file, person, frames, framesAtGate, looks, reasons }) => [
    file,
    person,
    count(frames),
    count(framesAtGate),
    count(looks),
    Object.entries(reasons)
      .map(([reason, number]) => `${reason} ${count(number)}`)
      .join(', '),
  ]),
  note: 'not-encoded: a look that the lane did not find worth the while, because the last one was as good and as new.',
});
