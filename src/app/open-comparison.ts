/** The comparison that a pack and, where one is named, a head file make together. */
import { readHead } from '../adapters/files/head-file.js';
import { digestOf, type ModelCard } from '../siamese/card.js';
import { type Comparison, comparisonOf } from '../siamese/head/comparison.js';

/**
 * @param headFile absent: the encoder alone.
 * @throws TwinstileError 'head-refused' for a head that is missing, broken or made for another encoder.
 */
export async function openComparison(card: ModelCard, headFile?: string): Promise<Comparison> {
  return comparisonOf(card, headFile === undefined ? undefined : await readHead(headFile, digestOf(card)));
}

/** What to tell of a comparison behind which nobody is let in; nothing when it is calibrated. */
export function uncalibratedHint({ head, calibration }: Comparison): string | undefined {
  if (calibration !== undefined) return undefined;
  return head.kind === 'identity'
    ? 'the model pack has no calibration table: nobody is let in by face; run twinstile calibrate'
    : 'the head has no calibration table of its own, and the pack’s says nothing of its distances: nobody is let in by face; learn it again with twinstile learn';
}
