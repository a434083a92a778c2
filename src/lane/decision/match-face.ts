/** Matches a vector: the nearest person, and the rate at which impostors come as close. */

import type { Match } from '../../access/observation.js';
import type { PersonId } from '../../base/ids.js';
import type { FalseMatchRate } from '../../base/units.js';
import { fmrOf } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import type { TemplateSearch } from '../../records/people/search/template-search.js';

/** 1:N. @returns undefined when no one is enrolled. */
export async function matchFace(
  embedding: Float32Array,
  search: TemplateSearch,
  table: CalibrationTable,
): Promise<Match | undefined> {
  const found = await search.nearest(embedding);
  if (found === undefined) return undefined;
  const { person, distance, runnerUp } = found;
  const match = { person, fmr: fmrOf(table, distance) };
  return runnerUp === undefined ? match : { ...match, runnerUpFmr: fmrOf(table, runnerUp) };
}

/** 1:1. @returns undefined when the person has no template. */
export function compareWith(
  embedding: Float32Array,
  person: PersonId,
  search: TemplateSearch,
  table: CalibrationTable,
): FalseMatchRate | undefined {
  const distance = search.against(embedding, person);
  return distance === undefined ? undefined : fmrOf(table, distance);
}
