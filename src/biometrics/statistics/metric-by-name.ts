/** Selects a distance by its name, to compare metrics on one's own photographs. */
import { TwinstileError } from '../../base/errors.js';
import type { Metric } from '../distance.js';
import type { Comparison, Lens } from '../head/comparison.js';
import { times } from '../head/matrix.js';
import { learnedMetric } from '../metrics/learned.js';
import { mahalanobisMetric } from '../metrics/mahalanobis.js';
import {
  cosineMetric,
  type DeclaredMetric,
  euclideanMetric,
  manhattanMetric,
  squaredEuclideanMetric,
} from '../metrics/metric.js';
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
