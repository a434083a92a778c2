/** Builds the comparison from a pack and, where one is configured, a head file. */
import { readCalibration } from '../../biometrics/calibration-file.js';
import { type Comparison, comparisonOf } from '../../biometrics/head/comparison.js';
import { readHead } from '../../biometrics/head/head-file.js';
import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { readReranker } from '../../biometrics/reranker/reranker-file.js';

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
