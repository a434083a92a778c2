/** Two heads on the same pictures of people known by name: what the new one is worth, what its distances mean, and whether it may be used. */
import type { FalseMatchRate } from '../base/units.js';
import { distanceOf, type Metric } from '../biometrics/distance.js';
import { distanceAt } from '../biometrics/fmr.js';
import { applyHead } from '../biometrics/head/apply-head.js';
import { type Head, metricAfter } from '../biometrics/head/head.js';
import type { CalibrationTable } from '../biometrics/model-card.js';
import { examine } from '../biometrics/statistics/examine-head.js';
import { impostorPairs, type SidedPhoto, teachersIn } from '../biometrics/statistics/training-sets.js';
import { type AdaptationVerdict, verdictOnHead } from './adaptation-verdict.js';
import { type AdaptedTable, adaptedTable } from './adapted-calibration.js';

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
