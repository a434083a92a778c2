/** d(x, y)^2 = (x - y)' M (x - y) with M = L'L: the euclidean distance after a linear map. */
import { distance } from '../../base/units.js';
import { independentColumns, type Matrix, times } from '../head/matrix.js';
import { type DeclaredMetric, METRIC } from './metric.js';

/**
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
