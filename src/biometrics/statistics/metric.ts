/** Selects a distance by its name, to compare metrics on one's own photographs. */
import { TwinstileError } from '../../base/errors.js';
import { type Distance, distance } from '../../base/units.js';
import { cosine, euclidean, type Metric, squaredEuclidean } from '../distance.js';
import { applyHead } from '../head/apply-head.js';
import type { Comparison, Lens } from '../head/comparison.js';
import type { Head } from '../head/head.js';
import { independentColumns, type Matrix, times } from '../head/matrix.js';
import type { Between } from './distance-rows.js';

export type MetricName = DeclaredMetric['name'];

/** In the order of `--help`. */
export const METRIC_NAMES: readonly MetricName[] = [
  'euclidean',
  'squared-euclidean',
  'manhattan',
  'cosine',
  'mahalanobis',
  'learned',
];

/** How an evaluation measures: each vector goes through its side's lens once, and then every pair is measured. */
export interface Measured {
  /** Absent: as the gate compares. */
  readonly declared?: DeclaredMetric;
  readonly template: Lens;
  readonly live: Lens;
  /** The name of a plain metric where there is one: it is measured several times faster. */
  readonly measure: Metric | Between;
  /** Whether `measure` takes the vectors as they were encoded, one array for each photograph. */
  readonly takesEncoded?: boolean;
}

/** As the gate compares. */
export const asCompared = ({ template, live, metric }: Comparison): Measured => ({
  template,
  live,
  measure: metric,
});

/**
 * The plain ones measure what the comparison compares: the encoder's vectors, or what a head makes of them. `mahalanobis` takes
 * the matrix of a linear twin and nothing else of it, `learned` is the head itself.
 * @throws TwinstileError 'bad-arguments' where the head is missing or is none of that kind.
 */
export function measuredBy(name: MetricName, comparison: Comparison): Measured {
  const { template, live, head } = comparison;
  switch (name) {
    case 'euclidean':
      return { declared: euclideanMetric, template, live, measure: 'euclidean' };
    case 'cosine':
      return { declared: cosineMetric, template, live, measure: 'cosine' };
    case 'squared-euclidean':
      return { declared: squaredEuclideanMetric, template, live, measure: squaredEuclideanMetric.between };
    case 'manhattan':
      return { declared: manhattanMetric, template, live, measure: manhattanMetric.between };
    case 'mahalanobis': {
      const { linear } = head.live;
      if (head.kind !== 'twin' || linear === undefined)
        throw unfit('a linear twin to take the matrix of', `a head of kind ${head.kind}`);
      // M = L'L: the euclidean distance behind L.
      const through: Lens = (trunk) => Float32Array.from(times(linear, trunk));
      return { declared: mahalanobisMetric(linear), template: through, live: through, measure: 'euclidean' };
    }
    case 'learned':
      if (head.kind === 'identity') throw unfit('a head for the metric that it learned', 'none');
      return { declared: learnedMetric(head), template, live, measure: 'euclidean' };
  }
}

const unfit = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Name one: --head FILE, from twinstile train head --head linear',
  });

/**
 * Declares the distances of this product and their properties.
 *
 * The four properties are those of a metric space. A declaration is a promise about finite vectors of one dimension
 * within rounding; the tests hold each metric to it, and find a counter-example where nothing is promised.
 */
export interface Properties {
  /** d(x, y) >= 0 */
  readonly nonNegative: boolean;
  /** Identity of indiscernibles: d(x, y) = 0 exactly when x = y. */
  readonly identity: boolean;
  /** d(x, y) = d(y, x) */
  readonly symmetric: boolean;
  /** d(x, z) <= d(x, y) + d(y, z) */
  readonly triangle: boolean;
}

export interface DeclaredMetric {
  readonly name: 'euclidean' | 'squared-euclidean' | 'manhattan' | 'cosine' | 'mahalanobis' | 'learned';
  readonly has: Properties;
  /** Where a metric has sides, `a` is the template and `b` the live face. NaN, which never matches, for unlike lengths. */
  between(a: Float32Array, b: Float32Array): Distance;
}

const METRIC: Properties = { nonNegative: true, identity: true, symmetric: true, triangle: true };

export const euclideanMetric: DeclaredMetric = { name: 'euclidean', has: METRIC, between: euclidean };

/** For losses: smooth at zero, and cheaper by a root. 0, 1, 2 on a line: 4 > 1 + 1. */
export const squaredEuclideanMetric: DeclaredMetric = {
  name: 'squared-euclidean',
  has: { ...METRIC, triangle: false },
  between: squaredEuclidean,
};

export const manhattanMetric: DeclaredMetric = { name: 'manhattan', has: METRIC, between: manhattan };

/** Sees directions only, so x and 2x are one; and an angle's cosine bends, so a detour may be shorter. */
export const cosineMetric: DeclaredMetric = {
  name: 'cosine',
  has: { ...METRIC, identity: false, triangle: false },
  between: cosine,
};

/** The sum of |a_i - b_i|, 0 or more. A metric. */
function manhattan(a: Float32Array, b: Float32Array): Distance {
  if (a.length !== b.length) return distance(Number.NaN);
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN));
  return distance(sum);
}

/**
 * d(x, y)^2 = (x - y)' M (x - y) with M = L'L: the euclidean distance after a linear map.
 * @param map L, [outputs, dimension]. A map that drops a direction (fewer independent outputs than dimensions) cannot
 * distinguish two points along it: then identity of indiscernibles is not declared, and it is a pseudometric.
 */
export function mahalanobisMetric(map: Matrix): DeclaredMetric {
  return {
    name: 'mahalanobis',
    has: { ...METRIC, identity: independentColumns(map) === map.columns },
    between(a, b) {
      if (a.length !== b.length || a.length !== map.columns) return distance(Number.NaN);
      const difference = Float64Array.from(a, (x, i) => x - (b[i] ?? Number.NaN));
      let sum = 0;
      for (const value of times(map, difference)) sum += value * value;
      return distance(Math.sqrt(sum));
    },
  };
}

/**
 * The euclidean distance between what a learned head makes of two trunk vectors.
 *
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
