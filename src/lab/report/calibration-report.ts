/** The report of `calibrate`. */

import { formatOdds } from '../../access/fmr-bound.js';
import { howOften, plural } from '../../base/plural.js';
import { falseMatchRate } from '../../base/units.js';
import { smallestRate } from '../../biometrics/fmr.js';
import { small } from '../../biometrics/statistics/rate-text.js';
import type { Calibration, PromiseRow } from '../calibrate/measure-calibration.js';
import { count, percent } from './figures.js';
import type { Report, Table } from './html-report.js';

interface CalibrationSummary extends Calibration {
  readonly pack: string;
  readonly head: 'identity' | 'twin' | 'half-twin';
  readonly digest: string;
  /** Photographs found, and how many gave a vector. */
  readonly photos: number;
  readonly acquired: number;
  /** People whose photographs are not counted. */
  readonly leftOut: number;
}

export function calibrationReport(facts: CalibrationSummary): Report {
  const { pack, head, digest, table, site, photos, acquired } = facts;
  const byHead = head === 'identity' ? '' : ` with a ${head} head`;
  const { extrapolation } = table;
  return {
    title: `Calibration: ${pack}${byHead}`,
    facts: [
      ['pack', `${pack}${byHead}`],
      ['model digest', digest.slice(0, 16)],
      ['photographs', `${count(photos)}, ${count(acquired)} acquired`],
      [
        'people',
        `${count(facts.people)}${facts.leftOut > 0 ? `, ${count(facts.leftOut)} more left out` : ''}`,
      ],
      ['pairs', `${count(facts.matedPairs)} mated, ${count(facts.impostorPairs)} impostor`],
      ['measured', `down to an FMR of ${formatOdds(smallestRate(facts.impostorPairs))} (rule of three)`],
      ...(extrapolation === undefined
        ? []
        : [
            [
              'extrapolated',
              `down to ${formatOdds(falseMatchRate(extrapolation.smallest))}: generalised Pareto tail of the ${count(extrapolation.tailPairs)} nearest pairs, shape ${extrapolation.shape.toFixed(2)}, scale ${extrapolation.scale.toFixed(4)}`,
            ] as const,
          ]),
      [
        'interval',
        table.interval === undefined
          ? 'pairs taken as independent'
          : `upper end by bootstrap over people, ${count(table.interval.replicates)} replicates, claimed ${howOften(table.interval.margin)}`,
      ],
      [
        'several looks',
        table.fused === undefined
          ? 'no table: too few people with enough photographs'
          : table.fused
              .map(
                ({ looks, people, impostorPairs }) =>
                  `${looks} looks: ${count(people)} people, ${count(impostorPairs)} impostor pairs`,
              )
              .join('; '),
      ],
      ...(site === undefined || acquired === 0
        ? []
        : [
            [
              'site',
              `${count(site.people)} people, ${count(site.impostorPairs)} pairs; ${site.raised === 0 ? 'none nearer than the table says' : `stricter at ${plural(site.raised, 'distance')}`}`,
            ] as const,
          ]),
    ],
    charts: [],
    tables: [promiseTable(facts.promises, extrapolation !== undefined)],
  };
}

const promiseTable = (promises: readonly PromiseRow[], hasTail: boolean): Table => ({
  title: 'What is promised',
  head: ['FMR', 'odds', 'how', 'distance', 'false matches', 'their share at most', 'true matches'],
  rows: promises.map(({ fmr, support, distance, falseMatches, upTo, matches, tmr }) => [
    small(fmr),
    formatOdds(fmr),
    support === 'none' ? 'not promised' : support,
    distance?.toFixed(4) ?? '-',
    falseMatches === undefined ? '-' : count(falseMatches),
    upTo === undefined ? '-' : small(upTo),
    tmr === undefined ? '-' : `${percent(tmr)} (${count(matches ?? 0)})`,
  ]),
  note: `measured: known to within a third (rule of 30). bounded: not higher, at 95 % (rule of three). ${
    hasTail
      ? 'extrapolated: by the tail of the distances, upper end of the 95 % interval over people; nobody measured it. '
      : ''
  }not promised: too few pairs.`,
});
