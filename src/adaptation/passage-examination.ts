/** Compares two heads on the histograms of granted passages: the same criteria as for pictures, without identities. */
import { type FalseMatchRate, distance as toDistance } from '../base/units.js';
import type { Metric } from '../biometrics/distance.js';
import { distanceAt } from '../biometrics/fmr.js';
import type { CalibrationTable } from '../biometrics/model-card.js';
import type { HeadExamination } from './adaptation-examination.js';
import { MAX_LOST, MIN_LIFT } from './adaptation-verdict.js';
import { formatShare } from './adaptation-words.js';
import { adaptedTable } from './adapted-calibration.js';
import { distancesIn, type PassageEvidence, rateOf, shareWithin } from './passages.js';

/** Fewer passages, or of fewer people on the fullest day, are an accident. */
export const MIN_PASSAGES = 200;
export const MIN_PEOPLE = 10;

const RATES = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

export const hasEnough = ({ passages, mostPeople }: PassageEvidence): boolean =>
  passages >= MIN_PASSAGES && mostPeople >= MIN_PEOPLE;

/** @param current table of the head in use. @param metric by which the head in use is compared. */
export function examinePassages(
  evidence: PassageEvidence,
  current: CalibrationTable | undefined,
  metric: Metric,
  needed: FalseMatchRate,
): HeadExamination {
  const { before, after, passages, mostPeople } = evidence;
  const table = adaptedTable({
    before: distancesIn(before.impostors),
    after: distancesIn(after.impostors),
    metric,
    current,
    needed,
    people: mostPeople,
    matedPairs: passages,
    source: `${passages} granted passages`,
  });
  const refused = (detail: string): HeadExamination => ({ table, verdict: { verdict: 'refused', detail } });
  const fmr = RATES.findLast(
    (rate) => rate >= needed && rateOf(before, rate) !== undefined && rateOf(after, rate) !== undefined,
  );
  const was = fmr === undefined ? undefined : rateOf(before, fmr);
  const is = fmr === undefined ? undefined : rateOf(after, fmr);
  if (fmr === undefined || was === undefined || is === undefined)
    return refused('Expected a false match rate at which passages can be seen, got none.');
  const measured =
    `TMR ${formatShare(was.tmr)} before and ${formatShare(is.tmr)} after at FMR ${fmr.toExponential(0)} ` +
    `on ${passages} granted passages`;
  // Passages that one head matches and the other does not are at most all that either misses.
  const differing = was.mated - was.matches + (is.mated - is.matches);
  if (!(is.tmr - was.tmr >= MIN_LIFT && is.matches - was.matches >= 1.96 * Math.sqrt(differing)))
    return refused(`Expected a lift that is no chance, got ${measured}.`);
  if (table.how === 'none') return refused(`${measured}; but ${table.detail}.`);
  const [own, next] = [at(current, needed), at(table.table, needed)];
  const kept = shareWithin(before.mated, own);
  const keeps = shareWithin(after.mated, next);
  if (!(keeps >= kept - MAX_LOST))
    return refused(
      `Expected to let people in as before, got ${measured}, but at the gate’s own distance ${formatShare(kept)} before and ${formatShare(keeps)} after.`,
    );
  return {
    table,
    verdict: {
      verdict: 'better',
      detail: `${measured}; at the gate’s own distance ${formatShare(kept)} before, ${formatShare(keeps)} after`,
    },
  };
}

const at = (table: CalibrationTable | undefined, needed: FalseMatchRate): number =>
  (table === undefined ? undefined : distanceAt(table, needed)) ?? toDistance(-1);
