/** Builds the reports of 1:1 verification: of `evaluate pairs` and of `evaluate verification`. */
import { allowingForNone } from '../../biometrics/statistics/clopper-pearson.js';
import { small } from '../../biometrics/statistics/rate-text.js';
import type { PairsResult } from '../evaluate/measure-pairs.js';
import { FOLDS, type VerificationResult } from '../evaluate/measure-verification.js';
import { detChart, histogramChart } from './charts.js';
import {
  count,
  metricLine,
  missingTable,
  percent,
  percentWithin,
  rateWithin,
  reasonLines,
  worstTables,
} from './figures.js';
import type { Report, Table } from './html-report.js';

/** Rule of 30 (Doddington 2000): the true rate is within 30 % of what was measured with 30 errors. */
const EVENTS = 30;

export function pairsReport(result: PairsResult): Report {
  const { rates, matedPairs, impostorPairs, head } = result;
  const { det, mated, impostors, equalErrorRate } = result.spread;
  const byHead = head === 'identity' ? '' : ` with a ${head} head`;
  return {
    title: `Verification over all pairs: ${result.pack}${byHead}`,
    facts: [
      ['pack', `${result.pack}${byHead}`],
      ['model digest', result.digest.slice(0, 16)],
      ...metricLine(result),
      ['people', count(result.people)],
      ['photographs', count(result.photos)],
      ['failures to acquire', reasonLines(result.notAcquired, result.photos)],
      ['mated pairs', count(matedPairs)],
      ['impostor pairs', count(impostorPairs)],
      ['equal error rate', equalErrorRate === undefined ? 'none' : percent(equalErrorRate)],
    ],
    charts: [
      detChart(
        det,
        rates.map(({ fmr, byPairs }) => ({
          fmr,
          fnmr: 1 - (byPairs?.value ?? 0),
          label: `FNMR ${small(1 - (byPairs?.value ?? 0))}`,
        })),
        { matedPairs, impostorPairs },
      ),
      histogramChart(
        mated,
        impostors,
        rates.map(({ threshold, fmr }) => ({ distance: threshold, label: fmr.toExponential(0) })),
      ),
    ],
    tables: [
      rateTable(result),
      ...(result.claims.length === 0 ? [] : [claimTable(result)]),
      ...worstTables(result.worst),
      ...missingTable(result.missing),
    ],
  };
}

const rateTable = ({ rates }: PairsResult): Table => ({
  title: 'True match rate',
  head: ['FMR', 'false matches', 'distance', 'each pair once', 'each person once'],
  rows: rates.map(({ fmr, falseMatches, threshold, byPairs, byPeople }) => [
    fmr.toExponential(0),
    `${count(falseMatches)}${falseMatches < EVENTS ? ' (few)' : ''}`,
    threshold.toFixed(4),
    percentWithin(byPairs),
    percentWithin(byPeople),
  ]),
  note: 'In brackets: 95 % interval, bootstrap over people; where all or none matched, what the exact interval allows so many people. FNMR is what is missing to 100 %. (few): under 30 false matches, known to worse than a third.',
});

const claimTable = ({ claims }: PairsResult): Table => ({
  title: 'What the table in use promises, and what was found here',
  head: ['promised FMR', 'distance', 'FMR found', 'FNMR found'],
  rows: claims.map(({ claimed, extrapolated, threshold, fmr, fnmr }) => [
    `${claimed.toExponential(0)}${extrapolated ? ' (extrapolated)' : ''}`,
    threshold.toFixed(4),
    rateWithin(fmr),
    percentWithin(fnmr),
  ]),
  note: 'Each pair once. A table is worth something only on photographs that it was not made of.',
});

/** The report of `evaluate verification`. */
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
      ['accuracy', accuracyText(result)],
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

/** Folds without an error have no standard error, which is no certainty. */
const accuracyText = ({ accuracyMean, standardError, pairs }: VerificationResult): string =>
  accuracyMean === 1
    ? `${percentWithin(allowingForNone({ value: 1, from: 1, to: 1 }, pairs))}, no error in ${FOLDS} folds; in brackets the exact 95 % interval`
    : `${percent(accuracyMean)} ± ${(100 * standardError).toFixed(2)} (standard error, ${FOLDS} folds)`;
