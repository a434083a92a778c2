/**
 * Evidence of granted passages on two heads: histograms of distances, before and after, without identities.
 *
 * Who was let in was recognised by the head in use, so these passages favour it: a candidate that does better here does
 * better for certain. Each person counts once a day.
 */

/** Distances 0..4 in 400 bins; larger ones count in the last. */
const BINS = 400;
const WIDTH = 0.01;

interface SideEvidence {
  /** Whole numbers [BINS]. */
  readonly mated: readonly number[];
  readonly impostors: readonly number[];
}

export interface PassageEvidence {
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

export const noPassages = (): PassageEvidence => ({
  passages: 0,
  mostPeople: 0,
  before: noSide(),
  after: noSide(),
});

/** @param people of today with this one. A distance that is none counts as the farthest for the person and as the nearest for others: against the head. */
export function withPassage(
  evidence: PassageEvidence,
  before: PassageDistances,
  after: PassageDistances,
  people: number,
): PassageEvidence {
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
export function rateOf({ mated, impostors }: SideEvidence, fmr: number): HistogramRate | undefined {
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
