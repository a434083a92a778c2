/**
 * Gathers evidence of granted passages on two heads: histograms of distances, before and after, without identities.
 *
 * Each person who was let in was recognised by the head in use, so these passages favour it: a candidate that does better here does
 * better for certain. Each person counts once a day.
 */
import { type FalseMatchRate, distance as toDistance } from '../base/units.js';
import type { Metric } from '../biometrics/distance.js';
import { distanceAt } from '../biometrics/fmr.js';
import type { CalibrationTable } from '../biometrics/model-card.js';
import { adaptedTable, type HeadExamination } from './adaptation-examination.js';
import { formatShare, MAX_LOST, MIN_LIFT } from './adaptation-verdict.js';

/** Distances 0..4 in 400 bins; larger ones count in the last. */
const BINS = 400;
const WIDTH = 0.01;

interface SideEvidence {
  /** Whole numbers [BINS]. */
  readonly mated: readonly number[];
  readonly impostors: readonly number[];
}

export interface AdaptationEvidence {
  readonly passages: number;
  /** The most different people of one day: who they were is not kept. */
  readonly mostPeople: number;
  readonly before: SideEvidence;
  readonly after: SideEvidence;
}

/** Of one passage: its own distance, and those to others' templates, behind one head. */
export interface PassageDistances {
  readonly own: number;
  readonly others: readonly number[] | Float32Array;
}

const nothing = (): number[] => new Array<number>(BINS).fill(0);
const noSide = (): SideEvidence => ({ mated: nothing(), impostors: nothing() });

export const noPassages = (): AdaptationEvidence => ({
  passages: 0,
  mostPeople: 0,
  before: noSide(),
  after: noSide(),
});

/** @param people of today with this one. A distance that is none counts as the farthest for the person and as the nearest for others: against the head. */
export function withPassageDistances(
  evidence: AdaptationEvidence,
  before: PassageDistances,
  after: PassageDistances,
  people: number,
): AdaptationEvidence {
  return {
    passages: evidence.passages + 1,
    mostPeople: Math.max(evidence.mostPeople, people),
    before: plus(evidence.before, before),
    after: plus(evidence.after, after),
  };
}

interface HistogramRate {
  readonly tmr: number;
  readonly matches: number;
  readonly mated: number;
  readonly impostors: number;
}

/** @returns undefined when fewer than 30 impostor comparisons may match at this rate. */
export function rateAtFmr({ mated, impostors }: SideEvidence, fmr: number): HistogramRate | undefined {
  const total = impostors.reduce((sum, count) => sum + count, 0);
  const own = mated.reduce((sum, count) => sum + count, 0);
  const allowed = Math.floor(fmr * total + 1e-9);
  if (!(allowed >= 30) || own === 0) return undefined;
  let impostorsSoFar = 0;
  let matches = 0;
  for (let bin = 0; bin < BINS; bin += 1) {
    impostorsSoFar += impostors[bin] ?? 0;
    if (impostorsSoFar > allowed) break;
    matches += mated[bin] ?? 0;
  }
  return { tmr: matches / own, matches, mated: own, impostors: total };
}

/** Lower ends of the bins, as often as each was counted: never larger than the real distances, so never looser. */
export function distancesIn(counts: readonly number[]): Float32Array {
  const result = new Float32Array(counts.reduce((sum, count) => sum + count, 0));
  let at = 0;
  counts.forEach((count, bin) => {
    result.fill(bin * WIDTH, at, at + count);
    at += count;
  });
  return result;
}

/** @returns the share that is completely within the distance, 0..1. */
export function shareWithin(counts: readonly number[], distance: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 0;
  return counts.reduce((sum, count, bin) => sum + ((bin + 1) * WIDTH <= distance ? count : 0), 0) / total;
}

function plus({ mated, impostors }: SideEvidence, { own, others }: PassageDistances): SideEvidence {
  const next = { mated: [...mated], impostors: [...impostors] };
  add(next.mated, own, BINS - 1);
  for (const distance of others) add(next.impostors, distance, 0);
  return next;
}

function add(bins: number[], distance: number, ifNone: number): void {
  const bin = distance >= 0 ? Math.min(BINS - 1, Math.floor(distance / WIDTH)) : ifNone;
  bins[bin] = (bins[bin] ?? 0) + 1;
}

/** Fewer passages, or of fewer people on the fullest day, are an accident. */
export const MIN_PASSAGES = 200;
export const MIN_PEOPLE = 10;

const RATES = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

export const hasEnough = ({ passages, mostPeople }: AdaptationEvidence): boolean =>
  passages >= MIN_PASSAGES && mostPeople >= MIN_PEOPLE;

/**
 * Compares two heads on the histograms of granted passages: the same criteria as for pictures, without identities.
 * @param current table of the head in use. @param metric by which the head in use is compared.
 */
export function examinePassages(
  evidence: AdaptationEvidence,
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
    (rate) => rate >= needed && rateAtFmr(before, rate) !== undefined && rateAtFmr(after, rate) !== undefined,
  );
  const was = fmr === undefined ? undefined : rateAtFmr(before, fmr);
  const is = fmr === undefined ? undefined : rateAtFmr(after, fmr);
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
