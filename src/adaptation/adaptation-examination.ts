/** Two heads on the same pictures of people known by name: what the new one is worth, what its distances mean, and whether it may be used. */
import { type FalseMatchRate, distance as toDistance } from '../base/units.js';
import { distanceOf, type Metric } from '../biometrics/distance.js';
import { distanceAt, fmrOf, smallestRate } from '../biometrics/fmr.js';
import { applyHead } from '../biometrics/head/apply-head.js';
import { type Head, metricAfter } from '../biometrics/head/head.js';
import type { CalibrationTable } from '../biometrics/model-card.js';
import { calibrationFrom, upperBound } from '../biometrics/statistics/calibration.js';
import { examine, spreadBehind } from '../biometrics/statistics/examine-head.js';
import { impostorPairs, type SidedPhoto, teachersIn } from '../biometrics/statistics/training-sets.js';
import { type AdaptationVerdict, formatShare, verdictOnHead } from './adaptation-verdict.js';

interface HeadInUse {
  readonly head: Head;
  readonly calibration: CalibrationTable | undefined;
}

export interface HeadExamination {
  readonly verdict: AdaptationVerdict;
  readonly table: AdaptedTable;
}

/** As many as make the ends of a 95 % interval steady to a tenth of its width. */
const REPLICATES = 1000;
const SEED = 1;
/** Of each person at most so many pictures: pairs grow with their square. */
const MAX_PICTURES = 20;

interface ExaminationData {
  /** Of enrolled people, or of others the operator names; all on side 'live', compared all with all. */
  readonly photos: readonly SidedPhoto[];
  /** What the photos are, in words. */
  readonly source: string;
  /** Metric of the encoder. */
  readonly trunk: Metric;
  /** The lane's rate, per comparison. */
  readonly needed: FalseMatchRate;
}

export function examineAdapted(
  inUse: HeadInUse,
  candidate: Head,
  { photos, trunk, needed, source }: ExaminationData,
): HeadExamination {
  const compared = limitPerPerson(photos);
  const people = teachersIn(compared, false);
  const pairs = impostorPairs(compared, false);
  const before = distancesOf(inUse.head, compared, trunk);
  const after = distancesOf(candidate, compared, trunk);
  const table = adaptedTable({
    before: before.impostors,
    after: after.impostors,
    metric: metricAfter(inUse.head, trunk),
    current: inUse.calibration,
    needed,
    people: new Set(compared.map(({ person }) => person)).size,
    matedPairs: after.mated.length,
    source,
    spread: people === 0 ? undefined : spreadBehind(candidate, compared, trunk, SEED),
  });
  const rows =
    people === 0
      ? []
      : examine({ before: inUse.head, after: candidate }, compared, trunk, {
          replicates: REPLICATES,
          seed: SEED,
        });
  const verdict = verdictOnHead(
    {
      people,
      impostorPairs: pairs,
      rows,
      atGate: {
        before: shareWithin(before.mated, inUse.calibration, needed),
        after: shareWithin(after.mated, table.how === 'none' ? undefined : table.table, needed),
      },
    },
    needed,
  );
  if (verdict.verdict === 'better' && table.how === 'none')
    return {
      table,
      verdict: { verdict: 'refused', detail: `${verdict.detail}; but ${table.detail}.`, harmless: true },
    };
  return { table, verdict };
}

function limitPerPerson(photos: readonly SidedPhoto[]): readonly SidedPhoto[] {
  const counts = new Map<string, number>();
  return photos.filter(({ person }) => {
    const nth = (counts.get(person) ?? 0) + 1;
    counts.set(person, nth);
    return nth <= MAX_PICTURES;
  });
}

interface Distances {
  readonly mated: Float32Array;
  readonly impostors: Float32Array;
}

function distancesOf(head: Head, photos: readonly SidedPhoto[], trunk: Metric): Distances {
  const between = distanceOf[metricAfter(head, trunk)];
  const templates = photos.map(({ embedding }) => applyHead(head, 'template', embedding));
  const live = photos.map(({ embedding }) => applyHead(head, 'live', embedding));
  const mated: number[] = [];
  const impostors: number[] = [];
  photos.forEach(({ person }, i) => {
    for (let j = i + 1; j < photos.length; j += 1) {
      const [a, b] = [templates[i], live[j]];
      if (a !== undefined && b !== undefined)
        (photos[j]?.person === person ? mated : impostors).push(between(a, b));
    }
  });
  return { mated: Float32Array.from(mated), impostors: Float32Array.from(impostors) };
}

/** 0 without a table: no face would be admitted. */
function shareWithin(
  mated: Float32Array,
  table: CalibrationTable | undefined,
  needed: FalseMatchRate,
): number {
  const within = table === undefined ? undefined : distanceAt(table, needed);
  if (within === undefined || mated.length === 0) return 0;
  return mated.filter((distance) => distance <= within).length / mated.length;
}

/**
 * What a new head's distances mean: measured on the site's own people where they are enough, or else the table in use,
 * where it is not looser behind the new head than it was behind the old one.
 */
export interface TableOptions {
  /** Distances of the same pairs of different people, behind the head in use and behind the new one, which is euclidean. */
  readonly before: Float32Array;
  readonly after: Float32Array;
  readonly metric: Metric;
  /** Of the head in use. */
  readonly current: CalibrationTable | undefined;
  /** The smallest rate that the lane asks for, per comparison. */
  readonly needed: FalseMatchRate;
  readonly people: number;
  readonly matedPairs: number;
  /** What the site's pairs are. */
  readonly source: string;
  /**
   * How many times the share of so many pairs is claimed at least, because pairs that share a person are not independent. Absent: whose
   * pairs these are is not known, and no table is measured on them.
   */
  readonly spread?: ((events: number) => number) | undefined;
}

type AdaptedTable =
  | { readonly how: 'measured' | 'kept'; readonly table: CalibrationTable; readonly detail: string }
  | { readonly how: 'none'; readonly detail: string };

/** The share of nearest impostors by which two heads are compared; beyond it no gate works. */
const NEAR = 0.01;
/** With as many pairs as just support a rate, its distance hangs on the nearest pair alone: thirty events, not three. */
const MARGIN = 10;
/** So many pairs at one distance make a rate; fewer are an accident, and the rate of the old table is kept. */
const EVENTS = 3;

export function adaptedTable(options: TableOptions): AdaptedTable {
  const { after, needed, people, matedPairs, source, current, spread } = options;
  const smallest = smallestRate(after.length);
  if (spread !== undefined && after.length >= 2 && smallest <= needed / MARGIN) {
    const table = calibrationFrom({ impostorDistances: after, matedPairs, people, source, spread });
    return { how: 'measured', table, detail: `measured on ${after.length} pairs of ${source}` };
  }
  const tooFew = `${after.length} pairs are too few for a table (no rate below ${formatShare(smallest)}), and the lane asks for ${formatShare(needed)}`;
  if (current === undefined)
    return { how: 'none', detail: `${tooFew}; there is no table that could be kept` };
  return keepTable(options, current, tooFew);
}

/**
 * The old table, scaled down by the largest amount that any of the nearest impostors came nearer; where the site's pairs show more
 * impostors at a distance than the table does, their rate is used. A table is never scaled up: in doubt the gate stays stricter.
 */
function keepTable(options: TableOptions, current: CalibrationTable, tooFew: string): AdaptedTable {
  const asEuclidean = (at: number): number => (options.metric === 'cosine' ? Math.sqrt(2 * at) : at);
  const was = Float64Array.from(options.before, asEuclidean).sort();
  const is = Float64Array.from(options.after).sort();
  const ranks = Math.ceil(NEAR * is.length);
  let shrink = 1;
  for (let rank = 0; rank < ranks; rank += 1) {
    const ratio = (is[rank] ?? Number.NaN) / (was[rank] ?? Number.NaN);
    if (!(ratio >= 0)) return { how: 'none', detail: `${tooFew}; some pairs have no distance` };
    shrink = Math.min(shrink, ratio);
  }
  if (!(shrink > 0.5) || ranks === 0)
    return { how: 'none', detail: `${tooFew}; strangers come much nearer behind it, or there are none` };
  // Drawn together is the table of one look; what fused looks mean behind this head was not measured.
  const { digest: _, fused: __, ...measured } = current;
  const seenRate = (seen: number): number =>
    Math.max(upperBound(seen, is.length), Math.min(1, (seen / is.length) * (options.spread?.(seen) ?? 1)));
  const rows: { distance: number; fmr: number }[] = [];
  for (const row of current.rows) {
    const at = asEuclidean(row.distance) * shrink;
    const seen = countUpTo(is, at);
    const promised = fmrOf(current, toDistance(row.distance));
    const fmr = Math.max(promised, rows.at(-1)?.fmr ?? 0, seen < EVENTS ? 0 : seenRate(seen));
    const last = rows.at(-1);
    if (last === undefined || at > last.distance) rows.push({ distance: at, fmr });
  }
  const source = `${current.source}; kept for a head adapted to the camera, drawn together to ${formatShare(shrink)}, by ${is.length} pairs of ${options.source}`;
  return {
    how: 'kept',
    // It was made of another head: this one's comparison refuses a table with that digest.
    table: { ...measured, source, rows },
    detail: `${tooFew}; the table in use is kept, drawn together to ${formatShare(shrink)}`,
  };
}

/** @param sorted rising. */
function countUpTo(sorted: Float64Array, bound: number): number {
  const beyond = sorted.findIndex((value) => value > bound);
  return beyond === -1 ? sorted.length : beyond;
}
