/** Reads and writes the centre of photographs that is delivered in a pack's model card. */
import { TwinstileError } from '../../base/errors.js';
import { float32FromText, float32ToText } from '../artifact-file.js';
import type { PhotographCentre } from '../model-card.js';
import { type ConditionCentre, lengthOf } from './condition-centre.js';

/**
 * Returns the centre of photographs from elsewhere that a model card carries; undefined where it has none.
 * @throws TwinstileError 'pack-refused' for one that is not the mean of vectors of unit length of this dimension.
 */
export function photographCentreOf(
  photographs: PhotographCentre | undefined,
  dimension: number,
): ConditionCentre | undefined {
  if (photographs === undefined) return undefined;
  const read = float32FromText(photographs.mean, dimension);
  if ('problem' in read) throw refused(read.problem);
  const mean = Float64Array.from(read.values);
  // A mean of vectors of unit length is no longer than 1; float32 rounds.
  if (!(lengthOf(mean) <= 1 + 1e-5)) throw refused(`a mean of length ${lengthOf(mean)}`);
  return { mean, people: photographs.people };
}

/** Returns what a model card carries of a centre. @param about where its photographs come from, and how many they are. */
export const photographCentreCard = (
  { mean, people }: ConditionCentre,
  about: Pick<PhotographCentre, 'source' | 'photographs'>,
): PhotographCentre => ({
  ...about,
  people: Math.round(people),
  mean: float32ToText(Float32Array.from(mean)),
});

const refused = (got: string): TwinstileError =>
  new TwinstileError({
    code: 'pack-refused',
    message: `Expected the mean of photographs in a model card, got ${got}.`,
    hint: 'Put the right card there.',
  });
