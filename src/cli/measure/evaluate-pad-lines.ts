/** Formats the result of `twinstile evaluate pad`. Pure. */

import type { Rate } from '../../biometrics/statistics/clopper-pearson.js';
import type { Measured, PadRecording, PadResult } from '../../lab/evaluate/measure-pad.js';
import { SOON, worstOf } from '../../lab/evaluate/pad-rates.js';

export function textOf({ pack, live, attacks }: PadResult): string {
  const worst = worstOf(attacks);
  return [
    `pack   ${pack}`,
    ...(live === undefined ? [] : linesOf('BPCER', 'living faces turned away', live)),
    ...attacks.flatMap((one) => linesOf(`APCER ${one.species}`, 'attacks let in', one)),
    ...(worst === undefined || attacks.length < 2
      ? []
      : [`APCER of the worst species (${worst.species}): ${percent(worst.rates.tracks.rate)} of tracks`]),
    'Intervals are exact (Clopper-Pearson, 95 %), as if tracks and frames were independent; frames of one track are not.',
    'A track that stays undecided counts as turned away. Tracks of which no frame could be judged count nowhere.',
    '',
  ].join('\n');
}

const linesOf = (name: string, what: string, { recordings, rates }: Measured): readonly string[] => [
  `${name} by track  ${rateText(rates.tracks)} ${what}; ${rates.undecided} undecided, ${notJudgedIn(recordings)} not judged, in ${recordings.length} recordings`,
  `${name} by frame  ${rateText(rates.frames)}`,
  ...(rates.slowest === undefined
    ? []
    : [
        `${name} decided   ${rates.soon} of ${rates.tracks.of - rates.undecided} within ${SOON} ms of the first judged frame, the slowest after ${Math.round(rates.slowest)} ms`,
      ]),
];

const rateText = ({ errors, of, rate, from, to }: Rate): string =>
  of === 0
    ? 'nothing was judged'
    : `${percent(rate)} (${errors} of ${of}; ${percent(from)} to ${percent(to)})`;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const notJudgedIn = (recordings: readonly PadRecording[]): number =>
  recordings.reduce((sum, { notJudged }) => sum + notJudged, 0);

export function jsonOf({ pack, live, attacks }: PadResult) {
  const worst = worstOf(attacks);
  return {
    pack,
    bpcer: live === undefined ? null : rowOf(live),
    apcer: Object.fromEntries(attacks.map((one) => [one.species, rowOf(one)])),
    apcer_worst: worst === undefined ? null : { species: worst.species, ...rateRow(worst.rates.tracks) },
  };
}

const rowOf = ({ recordings, rates }: Measured) => ({
  tracks: rateRow(rates.tracks),
  frames: rateRow(rates.frames),
  undecided: rates.undecided,
  not_judged: notJudgedIn(recordings),
  decided_within_700_ms: rates.soon,
  slowest_ms: rates.slowest ?? null,
  recordings: recordings.map(({ clip, judged, notJudged }) => ({
    clip,
    not_judged: notJudged,
    tracks: judged.map(({ verdict, decidedAfter, scores }) => ({
      verdict,
      decided_after_ms: decidedAfter === undefined ? null : Math.round(decidedAfter),
      frames: scores.length,
      mean_score: scores.reduce((sum, score) => sum + score, 0) / scores.length,
    })),
  })),
});

const rateRow = ({ errors, of, rate, from, to }: Rate) => ({
  errors,
  of,
  rate: of === 0 ? null : rate,
  interval: [from, to],
});
