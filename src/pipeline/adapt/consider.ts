/** Makes a head for one lane of what its camera gathered, has it judged, and takes it into use where it may. */
import type { LaneId, ModelDigest } from '../../base/ids.js';
import type { FalseMatchRate } from '../../base/units.js';
import type { Candidate, LaneAdaptation } from '../../ports/adaptation.js';
import { type Adaptation, adaptFrom } from '../../siamese/adaptation/adapt.js';
import { effectiveTracks, noStatistics } from '../../siamese/adaptation/camera-statistics.js';
import { type Examination, examineAdapted } from '../../siamese/adaptation/examination.js';
import {
  examinePassages,
  FEWEST_PASSAGES,
  FEWEST_PEOPLE,
  hasEnough,
} from '../../siamese/adaptation/passage-examination.js';
import { canJudge } from '../../siamese/adaptation/verdict.js';
import type { Metric } from '../../siamese/distance.js';
import type { Comparison } from '../../siamese/head/comparison.js';
import { digestWithHead } from '../../siamese/head/digest.js';
import { type Head, metricAfter } from '../../siamese/head/head.js';
import type { SidedPhoto } from '../../siamese/learning/photo.js';
import { type AdaptParts, noteHead, taken } from './use.js';

export interface ConsiderOrder {
  readonly lane: LaneId;
  readonly how: Adaptation;
  /** 0 < s <= 1 */
  readonly shrinkage: number;
  /** Equal passages that must have been gathered. */
  readonly fewest: number;
  /** The smallest rate the lane asks for, per comparison. */
  readonly needed: FalseMatchRate;
  /** Metric of the encoder. */
  readonly trunk: Metric;
  /** By what the lane compares without a head of its own. */
  readonly configured: Comparison;
  /** To judge by. @see examineAdapted */
  readonly photos: readonly SidedPhoto[];
  /** What the photos are, in words. */
  readonly source: string;
  /** Whether a head that is better is taken into use at once. */
  readonly mayUse: boolean;
  /** Whether a new head is made in any case, and judged by the photos. */
  readonly anew: boolean;
}

export type Considered =
  /** `effective`: as many equal passages as were gathered. */
  | { readonly outcome: 'too-few'; readonly effective: number; readonly fewest: number }
  /** Nobody can judge the candidate yet: the photos are too few, and so are the passages. */
  | { readonly outcome: 'waiting'; readonly passages: number; readonly people: number }
  | {
      readonly outcome: 'refused' | 'proposed' | 'used';
      readonly candidate: Candidate;
      readonly digest: string;
    };

/** A candidate that passages cannot judge for so long is made anew of younger sums. */
const CANDIDATE_LIVES_MS = 28 * 86_400_000;

/** @throws TwinstileError of store and journal, and 'bad-arguments' for sums that make no head. */
export async function consider(order: ConsiderOrder, parts: AdaptParts): Promise<Considered> {
  const { lane, configured, fewest, photos, anew } = order;
  const encoder = configured.trunk.digest;
  const now = besides(await parts.store.load(lane, encoder), configured.digest);
  const byPhotos = anew || canJudge(photos);
  const isYoung = now.candidate !== undefined && parts.wall() - now.candidate.madeAt < CANDIDATE_LIVES_MS;
  const standing = !byPhotos && isYoung ? now.candidate : undefined;
  const passages = standing?.passages;
  const judgeable = passages !== undefined && hasEnough(passages) ? passages : undefined;
  if (standing !== undefined && judgeable === undefined)
    return { outcome: 'waiting', passages: passages?.passages ?? 0, people: passages?.mostPeople ?? 0 };
  const effective = now.sums === undefined ? 0 : effectiveTracks(now.sums.statistics);
  if (standing === undefined && !(effective >= fewest)) return { outcome: 'too-few', effective, fewest };

  const bare = standing?.head ?? made(now, order);
  const examined =
    judgeable !== undefined
      ? examinePassages(judgeable, inUse(now, order).calibration, metricOf(now, order), order.needed)
      : examineAdapted(inUse(now, order), bare, photos, order.trunk, order.needed, order.source);
  const candidate = candidateOf(bare, examined, standing, configured.digest, parts);
  if (!byPhotos && standing === undefined) {
    // Judged by nobody: from now on passages are compared behind both.
    await parts.store.change(lane, encoder, (before) => ({ ...before, candidate }));
    return { outcome: 'waiting', passages: 0, people: 0 };
  }
  const isUsed = candidate.verdict === 'better' && order.mayUse && now.heldSince === undefined;
  const outcome = isUsed ? 'used' : candidate.verdict === 'better' ? 'proposed' : 'refused';
  const digest = digestWithHead(candidate.head);
  await noteHead(parts, outcome, lane, { head: digest, detail: candidate.detail });
  await parts.store.change(lane, encoder, (before) =>
    isUsed ? taken(before, candidate) : { ...before, candidate },
  );
  return { outcome, candidate, digest };
}

/** What was judged beside another head than the configured one says nothing any more. */
function besides(stored: LaneAdaptation, over: ModelDigest): LaneAdaptation {
  const { candidate, used, ...rest } = stored;
  return {
    ...rest,
    ...(candidate?.over === over ? { candidate } : {}),
    ...(used?.over === over ? { used } : {}),
  };
}

/** "waiting: 12 of 200 granted passages, of 3 of 10 people on the fullest day". */
export const sayWaiting = ({ passages, people }: Extract<Considered, { outcome: 'waiting' }>): string =>
  `the site’s photographs are too few to judge by; ${passages} of ${FEWEST_PASSAGES} granted passages so far, ` +
  `on the fullest day of ${people} of ${FEWEST_PEOPLE} people`;

const inUse = ({ used }: LaneAdaptation, { configured }: ConsiderOrder) => ({
  head: used?.head ?? configured.head,
  calibration: used === undefined ? configured.calibration : used.head.calibration,
});

const metricOf = (now: LaneAdaptation, order: ConsiderOrder): Metric =>
  metricAfter(inUse(now, order).head, order.trunk);

function made({ sums }: LaneAdaptation, { shrinkage, trunk, how, configured }: ConsiderOrder): Head {
  const { digest, dimension } = configured.trunk;
  const statistics = sums?.statistics ?? noStatistics(digest, dimension);
  return adaptFrom(statistics, shrinkage, trunk, how);
}

function candidateOf(
  bare: Head,
  { verdict, table }: Examination,
  standing: Candidate | undefined,
  over: ModelDigest,
  { wall }: AdaptParts,
): Candidate {
  const madeAt = standing?.madeAt ?? wall();
  const { calibration: _, ...without } = bare;
  const head: Head = {
    ...without,
    card: {
      ...bare.card,
      madeAt: new Date(madeAt).toISOString(),
      ...(verdict.row === undefined ? {} : { heldOut: [verdict.row] }),
    },
    ...(table.how === 'none' ? {} : { calibration: table.table }),
  };
  const isBetter = verdict.verdict === 'better';
  return {
    head,
    over,
    madeAt,
    verdict: verdict.verdict,
    detail: isBetter ? `${verdict.detail}; ${table.detail}` : verdict.detail,
    // What was refused by passages waits for new ones.
    ...(isBetter && standing?.passages !== undefined ? { passages: standing.passages } : {}),
  };
}
