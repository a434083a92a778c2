/** Trains a head for one lane on its camera's statistics, evaluates it, and takes it into use where permitted. */
import type { LaneId, ModelDigest } from '../base/ids.js';
import type { FalseMatchRate, WallTime } from '../base/units.js';
import type { Metric } from '../biometrics/distance.js';
import type { Comparison } from '../biometrics/head/comparison.js';
import { digestWithHead, type Head, metricAfter } from '../biometrics/head/head.js';
import type { SidedPhoto } from '../biometrics/statistics/training-sets.js';
import { examineAdapted, type HeadExamination } from './adaptation-examination.js';
import type { HeadCandidate, LaneAdaptation } from './adaptation-store.js';
import { areEnoughToEvaluate } from './adaptation-verdict.js';
import { type AdaptDependencies, actOfHead, journalHeadChange, withUsedHead } from './apply-adaptation.js';
import { effectiveTracks, noStatistics } from './camera-statistics.js';
import { examinePassages, hasEnough, MIN_PASSAGES, MIN_PEOPLE } from './passages.js';
import { type Adaptation, adaptFrom } from './train-adaptation.js';

/** How a head is made of the statistics. */
interface TrainingRecipe {
  readonly how: Adaptation;
  /** 0 < s <= 1 */
  readonly shrinkage: number;
  /** Equal passages that must have been gathered. */
  readonly fewest: number;
}

/** The photos that a head is evaluated on. */
interface EvaluationPhotos {
  readonly photos: readonly SidedPhoto[];
  /** What the photos are, in words. */
  readonly source: string;
  /** Whether the photos decide: they are of this camera, or an operator named them. */
  readonly isFinal: boolean;
}

export interface EvaluationOptions {
  readonly lane: LaneId;
  readonly recipe: TrainingRecipe;
  /** The smallest rate the lane asks for, per comparison. */
  readonly needed: FalseMatchRate;
  /** Metric of the encoder. */
  readonly trunk: Metric;
  /** What the lane compares by without a head of its own. */
  readonly configured: Comparison;
  /** @see examineAdapted */
  readonly evaluatedOn: EvaluationPhotos;
  /** Whether a head that is better is taken into use at once. */
  readonly mayUse: boolean;
  /** Whether a new head is made although one is waiting. */
  readonly anew: boolean;
}

export type AdaptationOutcome =
  /** `effective`: as many equal passages as were gathered. */
  | { readonly outcome: 'too-few'; readonly effective: number; readonly fewest: number }
  /** The photos gave no verdict, and passages are too few yet. */
  | {
      readonly outcome: 'waiting';
      readonly passages: number;
      readonly people: number;
      readonly detail: string;
    }
  | {
      readonly outcome: 'refused' | 'proposed' | 'used';
      readonly candidate: HeadCandidate;
      readonly digest: string;
    };

/** After so long without a verdict of the passages, a candidate is trained again on newer statistics. */
const CANDIDATE_LIVES_MS = 28 * 86_400_000;

/** @throws TwinstileError of store and journal, and 'bad-arguments' for sums that make no head. */
export async function evaluateAdaptation(
  options: EvaluationOptions,
  dependencies: AdaptDependencies,
): Promise<AdaptationOutcome> {
  const { lane, configured, recipe, evaluatedOn, trunk, needed, anew } = options;
  const encoder = configured.trunk.digest;
  const now = madeOver(await dependencies.store.load(lane, encoder), configured.digest);
  const pending = anew ? undefined : waitingCandidateIn(now, dependencies.wall());
  const passages = pending?.passages;
  if (pending !== undefined) {
    if (passages === undefined || !hasEnough(passages)) return waitingFor(pending);
    const examined = examinePassages(
      passages,
      inUse(now, options).calibration,
      metricOf(now, options),
      options.needed,
    );
    return applyVerdict(
      now,
      candidateOf(pending.head, examined, pending.madeAt, options),
      options,
      dependencies,
    );
  }
  const effective = now.sums === undefined ? 0 : effectiveTracks(now.sums.statistics);
  const { fewest } = recipe;
  if (!(effective >= fewest)) return { outcome: 'too-few', effective, fewest };
  const bare = headFrom(now, options);
  const examined = examineAdapted(inUse(now, options), bare, { ...evaluatedOn, trunk, needed });
  const candidate = candidateOf(bare, examined, dependencies.wall(), options);
  const isOpen =
    !evaluatedOn.isFinal &&
    candidate.verdict === 'refused' &&
    (isHarmless(examined) || !areEnoughToEvaluate(evaluatedOn.photos));
  if (!isOpen) return applyVerdict(now, candidate, options, dependencies);
  // From now on passages are compared behind both.
  const waiting: HeadCandidate = { ...candidate, verdict: 'waiting' };
  await dependencies.store.change(lane, encoder, (before) => ({ ...before, candidate: waiting }));
  return waitingFor(waiting);
}

async function applyVerdict(
  now: LaneAdaptation,
  candidate: HeadCandidate,
  { lane, configured, mayUse }: EvaluationOptions,
  dependencies: AdaptDependencies,
): Promise<AdaptationOutcome> {
  const isBetter = candidate.verdict === 'better';
  const isUsed = isBetter && mayUse && now.heldSince === undefined;
  const outcome = isUsed ? 'used' : isBetter ? 'proposed' : 'refused';
  const digest = digestWithHead(candidate.head);
  await journalHeadChange(dependencies, outcome, lane, { head: digest, detail: candidate.detail });
  await dependencies.store.change(
    lane,
    configured.trunk.digest,
    (before) => (isUsed ? withUsedHead(before, candidate) : { ...before, candidate }),
    isUsed ? actOfHead('head-used', lane) : undefined,
  );
  return { outcome, candidate, digest };
}

function waitingCandidateIn({ candidate }: LaneAdaptation, wall: number): HeadCandidate | undefined {
  if (candidate?.verdict !== 'waiting') return undefined;
  return wall - candidate.madeAt < CANDIDATE_LIVES_MS ? candidate : undefined;
}

const waitingFor = ({ passages, detail }: HeadCandidate): AdaptationOutcome => ({
  outcome: 'waiting',
  passages: passages?.passages ?? 0,
  people: passages?.mostPeople ?? 0,
  detail,
});

const isHarmless = ({ verdict }: HeadExamination): boolean =>
  verdict.verdict === 'refused' && verdict.harmless === true;

/** A verdict that was reached against another head than the configured one is no longer valid. */
function madeOver(stored: LaneAdaptation, over: ModelDigest): LaneAdaptation {
  const { candidate, used, ...rest } = stored;
  return {
    ...rest,
    candidate: candidate?.over === over ? candidate : undefined,
    used: used?.over === over ? used : undefined,
  };
}

/** "12 of 200 granted passages so far". */
export const formatWaiting = ({
  passages,
  people,
  detail,
}: Extract<AdaptationOutcome, { outcome: 'waiting' }>): string =>
  `${passages} of ${MIN_PASSAGES} granted passages so far, on the fullest day of ${people} of ${MIN_PEOPLE} ` +
  `people; the photographs did not tell: ${detail}`;

const inUse = ({ used }: LaneAdaptation, { configured }: EvaluationOptions) => ({
  head: used?.head ?? configured.head,
  calibration: used === undefined ? configured.calibration : used.head.calibration,
});

const metricOf = (now: LaneAdaptation, options: EvaluationOptions): Metric =>
  metricAfter(inUse(now, options).head, options.trunk);

function headFrom({ sums }: LaneAdaptation, { recipe, trunk, configured }: EvaluationOptions): Head {
  const { digest, dimension } = configured.trunk;
  const statistics = sums?.statistics ?? noStatistics(digest, dimension);
  return adaptFrom(statistics, recipe.shrinkage, trunk, recipe.how);
}

function candidateOf(
  bare: Head,
  { verdict, table }: HeadExamination,
  madeAt: WallTime,
  { configured }: EvaluationOptions,
): HeadCandidate {
  const { calibration: _, ...without } = bare;
  const head: Head = {
    ...without,
    card: {
      ...bare.card,
      madeAt: new Date(madeAt).toISOString(),
      heldOut: verdict.row === undefined ? bare.card.heldOut : [verdict.row],
    },
    calibration: table.how === 'none' ? undefined : table.table,
  };
  return {
    head,
    over: configured.digest,
    madeAt,
    verdict: verdict.verdict,
    detail: verdict.verdict === 'better' ? `${verdict.detail}; ${table.detail}` : verdict.detail,
  };
}
