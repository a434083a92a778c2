/** Trains a head on some people, stops by others, and evaluates it on people that took no part. */
import { TwinstileError } from '../../base/errors.js';
import type { Metric } from '../../biometrics/distance.js';
import { crowding } from '../../biometrics/head/crowd-context.js';
import { type Head, identityHead } from '../../biometrics/head/head.js';
import { type CalibrationTable, digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { calibrationFrom } from '../../biometrics/statistics/calibration.js';
import { decisive, examine, spreadBehind } from '../../biometrics/statistics/examine-head.js';
import {
  assertEnough,
  type SidedPhoto,
  type Split,
  splitByPerson,
} from '../../biometrics/statistics/training-sets.js';
import type { HeldOut } from '../../biometrics/training-record.js';
import { among, bestBeginning, shapedAs } from './metric-learning/made.js';
import { heldOutTmrOf, impostorDistances } from './metric-learning/score-epoch.js';
import { startsFor } from './metric-learning/start.js';
import { placesOf } from './metric-learning/template-places.js';
import type {
  LearningPlan,
  SideProjections,
  Train,
  Trained,
  TrainingStep,
} from './metric-learning/training-plan.js';
import { assertSound, trainingSet, withShotsApart } from './metric-learning/training-set.js';

interface TrainHeadOptions {
  readonly card: ModelCard;
  readonly photos: readonly SidedPhoto[];
  readonly plan: LearningPlan;
  /** ISO 8601. */
  readonly madeAt: string;
}

export interface TrainedHead {
  readonly head: Head;
  readonly rows: readonly HeldOut[];
  readonly split: Split<SidedPhoto>;
  readonly trained: Trained;
}

/** So many that the ends of a 95 % interval vary by a tenth of its width. */
const REPLICATES = 1000;

/**
 * @param train from lab/tfjs, which only training loads.
 * @param signal stops the training; the best head so far is evaluated and returned.
 * @throws TwinstileError 'bad-arguments' when there are too few people or photographs, or a vector is none of this encoder.
 */
export async function trainHead(
  { card, photos, plan, madeAt }: TrainHeadOptions,
  train: Train,
  onStep: (step: TrainingStep) => void,
  signal: AbortSignal,
): Promise<TrainedHead> {
  const { metric, dimension } = card.encoder;
  assertSound(photos, dimension);
  const parts = splitByPerson(photos, plan.seed);
  // Figures come from shots that differ; training itself makes use of a shot and its copy.
  const split = { ...parts, stop: withShotsApart(parts.stop), examine: withShotsApart(parts.examine) };
  assertEnough(split, plan.halfTwin);
  const before = identityHead(digestOf(card), dimension);
  const set = trainingSet(split.train, dimension, plan.halfTwin);
  const heldOutTmr = heldOutTmrOf(split.stop, before, metric);
  const { start, crowd } = bestBeginning(
    startsFor(set, metric),
    placesOf(set, metric, plan.seed),
    heldOutTmr,
  );
  const evaluate = (sides: SideProjections): number => heldOutTmr(among(sides, crowd));
  const asideOf = (sides: SideProjections): ((unit: Float32Array) => number) | undefined => {
    const { crowd: there } = among(sides, crowd);
    return there === undefined ? undefined : (unit) => crowding(there, unit);
  };
  const trained = await train(set, start, plan, { evaluate, asideOf, onStep, signal });
  const bare = shapedAs(among(trained, crowd), before);
  const rows = examine({ before, after: bare }, split.examine, metric, {
    replicates: REPLICATES,
    seed: plan.seed,
  });
  const { people, photos: count } = sizeOf(split.train);
  const head: Head = {
    ...bare,
    card: {
      how: `${plan.shape} head, ${plan.loss} loss, ${plan.mining} mining, margin ${plan.margin}, best of ${trained.epochs} epochs: ${trained.bestEpoch}${amongIn(bare)}`,
      madeAt,
      seed: plan.seed,
      trained: { people, photos: count },
      heldOut: [...rows],
    },
    calibration: calibrated(bare, split.examine, metric, plan.seed),
  };
  return { head, rows, split, trained };
}

/** @throws TwinstileError 'learning-refused' with the numbers when people that took no part have a lower match rate with it. */
export function assertNoHarm(rows: readonly HeldOut[]): void {
  const row = decisive(rows);
  if (row !== undefined && row.lift >= 0) return;
  const measured =
    row === undefined
      ? 'nothing that could be measured'
      : `${percent(row.tmrBefore)} before and ${percent(row.tmrAfter)} after at FMR ${row.fmr.toExponential(0)} (lift from ${percent(row.liftFrom)} to ${percent(row.liftTo)}) on ${row.people} people`;
  throw new TwinstileError({
    code: 'learning-refused',
    message: `Expected a head that makes nobody worse whom it never saw, got ${measured}.`,
    hint: 'Train on more people or with another loss; --force writes it nevertheless.',
  });
}

export function sizeOf(photos: readonly SidedPhoto[]): { readonly people: number; readonly photos: number } {
  return { people: new Set(photos.map(({ person }) => person)).size, photos: photos.length };
}

/** Looks behind the head are counted, not fused: no table of several looks is measured behind it. */
function calibrated(
  head: Head,
  photos: readonly SidedPhoto[],
  trunk: Metric,
  seed: number,
): CalibrationTable {
  const { impostors, mated } = impostorDistances(head, photos, trunk);
  const { people, photos: count } = sizeOf(photos);
  return calibrationFrom({
    impostorDistances: impostors,
    matedPairs: mated,
    people,
    source: `${count} photographs of ${people} people that took no part in learning`,
    spread: spreadBehind(head, photos, trunk, seed),
  });
}

/** Describes the crowd of a head, for its card. */
export const amongIn = ({ crowd }: Head): string =>
  crowd === undefined ? '' : `, among ${crowd.places.rows} places (sharpness ${crowd.sharpness})`;

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
