/** Builds the comparison from the pack, head, table and reranker, and checks whether a gallery is too large for it. */
import { capacityOf, fmrBound, formatOdds, formatPromise } from '../../access/fmr-bound.js';
import { readCalibration } from '../../biometrics/calibration-file.js';
import { isExtrapolated } from '../../biometrics/fmr.js';
import { type Comparison, comparisonOf } from '../../biometrics/head/comparison.js';
import { readHead } from '../../biometrics/head/head-file.js';
import { type CalibrationTable, digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { readReranker } from '../../biometrics/reranker-file.js';
import type { LaneConfig } from '../config/sections/lane-section.js';

/**
 * @param headFile absent: the encoder alone.
 * @param calibrationFile absent: the head's own table, or the pack's.
 * @param rerankerFile absent: the distance alone orders the people.
 * @throws TwinstileError 'head-refused' for a head that is missing, broken or made for another encoder, and
 * 'calibration-refused' or 'reranker-refused' for a table or a reranker that is, or that was made with another encoder or
 * head.
 */
export async function openComparison(
  card: ModelCard,
  headFile?: string,
  calibrationFile?: string,
  rerankerFile?: string,
): Promise<Comparison> {
  const head = headFile === undefined ? undefined : await readHead(headFile, digestOf(card));
  const own = calibrationFile === undefined ? undefined : await readCalibration(calibrationFile);
  const comparison = comparisonOf(card, head, own);
  if (rerankerFile === undefined) return comparison;
  return { ...comparison, reranker: await readReranker(rerankerFile, comparison.digest) };
}

/** The warning about an uncalibrated comparison, which lets no person in; absent when it is calibrated. */
export function uncalibratedHint({ head, calibration }: Comparison): string | undefined {
  if (calibration !== undefined) return undefined;
  return head.kind === 'identity'
    ? 'the model pack has no calibration table: nobody is let in by face; run twinstile calibrate'
    : 'the head has no calibration table of its own, and the pack’s says nothing of its distances: nobody is let in by face; run twinstile calibrate --head';
}

interface SizeProblem {
  readonly lane: string;
  readonly templates: number;
  readonly maxTemplates: number;
  /** English, with numbers. */
  readonly detail: string;
}

/**
 * Checks whether the gallery is too large for a lane's `max_fpir` with the face alone, and gives the numbers, which are hard to
 * guess.
 * @returns a problem for each lane in which the face alone could never let a person in.
 */
export function sizeProblems(
  lanes: readonly Pick<LaneConfig, 'id' | 'identification'>[],
  templates: number,
  calibration: CalibrationTable | undefined,
): readonly SizeProblem[] {
  if (calibration === undefined) return [];
  return lanes.flatMap(({ id: lane, identification }) => {
    if (identification === 'off') return [];
    const { surest, maxTemplates } = capacityOf(identification.max_fpir, calibration);
    if (templates <= maxTemplates) return [];
    const needed = formatOdds(fmrBound(identification.max_fpir, templates));
    const detail =
      `Lane ${lane} asks for ${formatOdds(fmrBound(identification.max_fpir, 1))} among ${templates.toLocaleString('en-US')} ` +
      `templates, which takes a false match rate of ${needed} for each; the pack’s calibration supports no better than ` +
      `${formatPromise(surest, isExtrapolated(calibration, surest))}, enough for ${maxTemplates.toLocaleString('en-US')} templates.`;
    return [{ lane, templates, maxTemplates, detail }];
  });
}
