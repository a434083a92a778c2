/** The report of `evaluate verification`. */
import { FOLDS, type VerificationResult } from '../evaluate/measure-verification.js';
import { detChart, histogramChart } from './charts.js';
import { count, metricLine, missingTable, percent, reasonLines, worstTables } from './figures.js';
import type { Report } from './html-report.js';

export function verificationReport(result: VerificationResult): Report {
  const byHead = result.head === 'identity' ? '' : ` with a ${result.head} head`;
  const impostorPairs = result.pairs - result.mated;
  const thresholds = result.folds.map(({ threshold }) => threshold);
  const middle = thresholds.reduce((sum, one) => sum + one, 0) / thresholds.length;
  return {
    title: `Verification on a list of pairs: ${result.pack}${byHead}`,
    facts: [
      ['pack', `${result.pack}${byHead}`],
      ['model digest', result.digest.slice(0, 16)],
      ...metricLine(result),
      ['pairs', `${count(result.pairs)} (${count(result.mated)} mated, ${count(impostorPairs)} impostor)`],
      ['photographs', count(result.photos)],
      ['failures to acquire', reasonLines(result.notAcquired, result.photos)],
      [
        'accuracy',
        `${percent(result.accuracyMean)} ± ${(100 * result.standardError).toFixed(2)} (standard error, ${FOLDS} folds)`,
      ],
    ],
    charts: [
      detChart(result.spread.det, [], { matedPairs: result.mated, impostorPairs }),
      {
        ...histogramChart(result.spread.mated, result.spread.impostors, [
          { distance: middle, label: 'mean of the folds' },
        ]),
        note: 'Dashed: the mean of the folds’ thresholds; each is the best one on the other folds.',
      },
    ],
    tables: [...worstTables(result.worst), ...missingTable(result.missing)],
  };
}
