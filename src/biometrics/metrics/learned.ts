/** The euclidean distance between what a learned head makes of two trunk vectors. */
import { euclidean } from '../distance.js';
import { applyHead } from '../head/apply-head.js';
import type { Head } from '../head/head.js';
import { independentColumns } from '../head/matrix.js';
import { type DeclaredMetric, METRIC } from './metric.js';

/**
 * A twin's head is one function on both sides, so the triangle inequality and symmetry carry over from the euclidean distance;
 * identity only where nothing is added for a crowd and the function keeps different vectors apart (linear, of full rank, not brought to unit length). A
 * half-twin compares through two functions: only that it is never negative can be promised.
 */
export function learnedMetric(head: Head): DeclaredMetric {
  const twin = head.kind === 'twin';
  const { unitInput, unitOutput, linear, bend } = head.live;
  const injective =
    head.crowd === undefined &&
    !unitInput &&
    !unitOutput &&
    bend === undefined &&
    (linear === undefined || independentColumns(linear) === linear.columns);
  return {
    name: 'learned',
    has: { ...METRIC, symmetric: twin, triangle: twin, identity: twin && injective },
    between: (a, b) => euclidean(applyHead(head, 'template', a), applyHead(head, 'live', b)),
  };
}
