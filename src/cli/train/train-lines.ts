/** Formats what was learned for a terminal. */

import { decisive } from '../../biometrics/statistics/examine-head.js';
import type { HeldOut } from '../../biometrics/training-record.js';
import type { LearningPlan } from '../../lab/train/metric-learning/training-plan.js';
import { amongIn, sizeOf, type TrainedHead } from '../../lab/train/train-head.js';

export interface TrainingSummary extends TrainedHead {
  readonly pack: string;
  readonly found: number;
  readonly acquired: number;
  readonly seconds: number;
  readonly plan: LearningPlan;
}

export function trainedLines(summary: TrainingSummary): readonly string[] {
  const { pack, found, acquired, seconds, plan, trained, split, rows, head } = summary;
  const ended = { patience: 'no gain any more', epochs: 'all epochs done', signal: 'told to stop' }[
    trained.stoppedBy
  ];
  const counts = `${rows[0]?.matedPairs ?? 0} mated and ${rows[0]?.impostorPairs ?? 0} impostor pairs`;
  return [
    `pack          ${pack}`,
    `photographs   ${found}, ${acquired} acquired`,
    `learned from  ${sized(split.train)}, stopped by ${sized(split.stop)}`,
    `examined on   ${sized(split.examine)} that it never saw: ${counts}`,
    `head          ${plan.shape} ${head.kind}, ${plan.loss} loss, ${plan.mining} mining, seed ${plan.seed}${amongIn(head)}`,
    `learning      ${trained.epochs} epochs in ${seconds.toFixed(0)} s, the best was ${trained.bestEpoch} (${ended})`,
    ...rows.map(line),
    verdictOf(decisive(rows)),
  ];
}

const sized = (photos: Parameters<typeof sizeOf>[0]): string => {
  const { people, photos: count } = sizeOf(photos);
  return `${people} people (${count} photographs)`;
};

function line(row: HeldOut): string {
  const { fmr, counting, tmrBefore, tmrAfter, lift, liftFrom, liftTo } = row;
  const of = counting === 'people' ? 'each person once' : 'each pair once';
  return `FMR ${fmr.toExponential(0)}     TMR ${percent(tmrBefore)} -> ${percent(tmrAfter)} %, lift ${signed(lift)} points (95 %: ${signed(liftFrom)} to ${signed(liftTo)}), ${of}`;
}

function verdictOf(row: HeldOut | undefined): string {
  if (row === undefined) return 'verdict       nothing could be measured';
  if (row.liftFrom > 0) return 'verdict       it helps: the interval excludes zero';
  if (row.lift >= 0) return 'verdict       it may be chance: the interval holds zero';
  return row.liftTo < 0
    ? 'verdict       it harms: the interval excludes zero'
    : 'verdict       no gain, and the interval holds zero';
}

const percent = (share: number): string => (100 * share).toFixed(2);
const signed = (share: number): string => `${share < 0 ? '' : '+'}${percent(share)}`;
