/** The report of `evaluate pad`. */
import path from 'node:path';
import { type Monotonic, monotonic } from '../../base/units.js';
import { histogramOf } from '../../biometrics/statistics/det.js';
import { rateText } from '../../biometrics/statistics/rate-text.js';
import {
  ACCEPT_AT,
  EVEN_SCORE,
  LIVENESS_INTERVAL,
  noEvidence,
  REJECT_AT,
  withScore,
} from '../../vision/tracking/pad-evidence.js';
import type { MeasuredPad, PadResult } from '../evaluate/measure-pad.js';
import { type PadRates, type Presentation, SOON, worstOf } from '../evaluate/pad-rates.js';
import { histogramChart } from './charts.js';
import { count } from './figures.js';
import type { Chart, Report, Table } from './html-report.js';

interface JudgedTrack extends Presentation {
  /** Name of the file alone: a report is passed on, and films of people are not. */
  readonly file: string;
  readonly kind: string;
  readonly evidence: number;
}

/** More is for --json. */
const MAX_LISTED = 15;

export function padReport({ pack, live, attacks }: PadResult): Report {
  const living = live === undefined ? [] : tracksOf('live', live);
  const attacking = attacks.flatMap((one) => tracksOf(one.species, one));
  const worst = worstOf(attacks);
  return {
    title: `Presentation attacks: ${pack}`,
    facts: [
      ['pack', pack],
      ['living tracks judged', count(living.length)],
      ['attack tracks judged', count(attacking.length)],
      ['worst species', worst === undefined ? 'none' : `${worst.species}: ${rateText(worst.rates.tracks)}`],
    ],
    charts: [frameChart(living, attacking), trackChart(living, attacking)],
    tables: [
      {
        title: 'By track and by frame',
        head: ['', 'errors by track', 'undecided', 'errors by frame', `decided within ${SOON} ms`],
        rows: [
          ...(live === undefined ? [] : [rateRow('BPCER: living faces turned away', live.rates)]),
          ...attacks.map(({ species, rates }) => rateRow(`APCER ${species}: attacks let in`, rates)),
        ],
        note: 'Intervals are exact (Clopper-Pearson, 95 %), as if tracks and frames were independent; frames of one track are not. A track that stays undecided counts as turned away. A single colour camera raises the cost of an attack; it is not a certified defence.',
      },
      worstTable(
        'Living tracks that looked least alive',
        living.toSorted((a, b) => a.evidence - b.evidence || mean(a) - mean(b)),
      ),
      worstTable(
        'Attack tracks that looked most alive',
        attacking.toSorted((a, b) => b.evidence - a.evidence || mean(b) - mean(a)),
      ),
    ].filter(({ rows }) => rows.length > 0),
  };
}

const tracksOf = (kind: string, { recordings }: MeasuredPad): readonly JudgedTrack[] =>
  recordings.flatMap(({ clip, judged }) =>
    judged.map((track) => ({ ...track, kind, file: path.basename(clip), evidence: evidenceIn(track) })),
  );

/** The sum at which the track was decided, or with which it ended: what the bounds are bounds of. */
function evidenceIn({ scores }: Presentation): number {
  let evidence = noEvidence;
  for (const [index, score] of scores.entries()) {
    if (evidence.verdict !== 'undecided') break;
    evidence = withScore(evidence, score, nextDue(index));
  }
  return evidence.odds;
}

/** Only frames that were due were scored: when exactly does not matter to the sum. */
const nextDue = (index: number): Monotonic => monotonic(index * LIVENESS_INTERVAL);

const SIDES = { mated: 'living', impostors: 'attacks' } as const;

function frameChart(living: readonly JudgedTrack[], attacking: readonly JudgedTrack[]): Chart {
  const scores = (tracks: readonly JudgedTrack[]) =>
    histogramOf(Float32Array.from(tracks.flatMap((track) => track.scores)), { from: 0, to: 1 }, 40);
  return histogramChart(scores(living), scores(attacking), [{ distance: EVEN_SCORE, label: 'even' }], {
    ...SIDES,
    title: 'Scores of frames',
    across: 'score of a frame',
    up: 'share of frames',
    note: 'Dashed: the score that speaks for neither side. No frame decides by itself.',
  });
}

function trackChart(living: readonly JudgedTrack[], attacking: readonly JudgedTrack[]): Chart {
  const sums = (tracks: readonly JudgedTrack[]) =>
    histogramOf(
      Float32Array.from(tracks, ({ evidence }) => evidence),
      { from: REJECT_AT - 1, to: ACCEPT_AT + 1 },
      36,
    );
  const marks = [
    { distance: REJECT_AT, label: 'attack' },
    { distance: ACCEPT_AT, label: 'live' },
  ];
  return histogramChart(sums(living), sums(attacking), marks, {
    ...SIDES,
    title: 'Evidence of tracks',
    across: 'sum of limited log-likelihood ratios',
    up: 'share of tracks',
    note: 'When the track was decided, or at its end. Dashed: the bounds; in between it stays undecided.',
  });
}

const worstTable = (title: string, tracks: readonly JudgedTrack[]): Table => ({
  title,
  head: ['recording', 'what it is', 'verdict', 'frames', 'mean score', 'evidence'],
  rows: tracks
    .slice(0, MAX_LISTED)
    .map((track) => [
      track.file,
      track.kind,
      track.verdict,
      count(track.scores.length),
      mean(track).toFixed(3),
      track.evidence.toFixed(2),
    ]),
  note: tracks.length > MAX_LISTED ? `The worst ${MAX_LISTED} of ${count(tracks.length)}.` : undefined,
});

const mean = ({ scores }: Presentation): number =>
  scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);

const rateRow = (name: string, { tracks, frames, undecided, soon }: PadRates): readonly string[] => [
  name,
  rateText(tracks),
  count(undecided),
  rateText(frames),
  `${count(soon)} of ${count(tracks.of - undecided)}`,
];
