/** A photograph that is to be compared with others of its own set: once as a template, once as a live face. */
import type { Comparison } from '../head/comparison.js';
import type { Probe } from './pair-scores.js';

/** @param vector of the trunk. Behind a crowd a twin's two sides differ; otherwise one vector serves both. */
export function bothSides(
  { head, template, live }: Pick<Comparison, 'head' | 'template' | 'live'>,
  person: string,
  vector: Float32Array,
): Probe {
  const probe = { person, vector: template(vector) };
  return head.crowd === undefined ? probe : { ...probe, opposite: live(vector) };
}
