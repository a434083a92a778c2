/** Learns a head on some people, stops by others, and examines it on people it never saw. */
import { TwinstileError } from '../base/errors.js';
import { calibrationFrom } from '../siamese/calibrate.js';
import { type CalibrationTable, digestOf, type ModelCard } from '../siamese/card.js';
import type { HeldOut } from '../siamese/head/card.js';
import { type Head, identityHead } from '../siamese/head/head.js';
import { assertEnough } from '../siamese/learning/enough.js';
import { decisive, examine } from '../siamese/learning/examine.js';
import { impostorDistances } from '../siamese/learning/impostors.js';
import { judgeBy } from '../siamese/learning/judge.js';
import type { SidedPhoto } from '../siamese/learning/photo.js';
import type { LearningPlan, Train, Trained, TrainingSet, TrainingStep } from '../siamese/learning/plan.js';
import { type Split, splitByPerson } from '../siamese/learning/split.js';
import { startsFor } from '../siamese/learning/start.js';

export interface LearnOrder {
  readonly card: ModelCard;
  readonly photos: readonly SidedPhoto[];
  readonly plan: LearningPlan;
  /** ISO 8601. */
  readonly madeAt: string;
}

export interface Learned {
  readonly head: Head;
  readonly rows: readonly HeldOut[];
  readonly split: Split<SidedPhoto>;
  readonly trained: Trained;
}

/** As many as make the ends of a 95 % interval steady to a tenth of its width. */
const REPLICATES = 1000;

/**
 * @param train from adapters/tfjs, which is loaded by whoever learns and by nobody else.
 * @param signal stops the learning; the best head so far is examined and returned.
 * @throws TwinstileError 'bad-arguments' when there are too few people or photographs.
 */
export async function learn(
  { card, photos, plan, madeAt }: LearnOrder,
  train: Train,
  onStep: (step: TrainingStep) => void,
  signal: AbortSignal,
): Promise<Learned> {
  const { metric, dimension } = card.encoder;
  const split = splitByPerson(photos, plan.seed);
  assertEnough(split, plan.halfTwin);
  const before = identityHead(digestOf(card), dimension);
  const set = trainingSet(split.train, dimension, plan.halfTwin);
  const judge = judgeBy(split.stop, before, metric);
  const start = startsFor(set, metric).reduce((a, b) => (judge(b) > judge(a) ? b : a));
  const trained = await train(set, start, plan, { judge, onStep }, signal);
  const bare: Head = {
    ...before,
    kind: plan.halfTwin ? 'half-twin' : 'twin',
    outputs: trained.live.linear?.rows ?? dimension,
    template: trained.template,
    live: trained.live,
  };
  const rows = examine(before, bare, split.examine, metric, { replicates: REPLICATES, seed: plan.seed });
  const { people, photos: count } = sizeOf(split.train);
  const head: Head = {
    ...bare,
    card: {
      how: `${plan.shape} head, ${plan.loss} loss, ${plan.mining} mining, margin ${plan.margin}, best of ${trained.epochs} epochs: ${trained.bestEpoch}`,
      madeAt,
      seed: plan.seed,
      trained: { people, photos: count },
      heldOut: [...rows],
    },
    calibration: calibrated(bare, split.examine),
  };
  return { head, rows, split, trained };
}

/** @throws TwinstileError 'learning-refused' with the numbers when people whom the head never saw are worse off with it. */
export function assertNoHarm(rows: readonly HeldOut[]): void {
  const row = decisive(rows);
  if (row !== undefined && row.lift >= 0) return;
  const told =
    row === undefined
      ? 'nothing that could be measured'
      : `${percent(row.tmrBefore)} before and ${percent(row.tmrAfter)} after at FMR ${row.fmr.toExponential(0)} (lift from ${percent(row.liftFrom)} to ${percent(row.liftTo)}) on ${row.people} people`;
  throw new TwinstileError({
    code: 'learning-refused',
    message: `Expected a head that makes nobody worse whom it never saw, got ${told}.`,
    hint: 'Learn from more people or with another loss; --force writes it nevertheless.',
  });
}

export function sizeOf(photos: readonly SidedPhoto[]): { readonly people: number; readonly photos: number } {
  return { people: new Set(photos.map(({ person }) => person)).size, photos: photos.length };
}

function trainingSet(photos: readonly SidedPhoto[], dimension: number, halfTwin: boolean): TrainingSet {
  const numbers = new Map<string, number>();
  for (const { person } of photos) if (!numbers.has(person)) numbers.set(person, numbers.size);
  const vectors = new Float32Array(photos.length * dimension);
  photos.forEach(({ embedding }, row) => {
    vectors.set(embedding, row * dimension);
  });
  return {
    vectors,
    dimension,
    people: Int32Array.from(photos, ({ person }) => numbers.get(person) ?? -1),
    ...(halfTwin ? { sides: Uint8Array.from(photos, ({ side }) => (side === 'template' ? 0 : 1)) } : {}),
  };
}

function calibrated(head: Head, photos: readonly SidedPhoto[]): CalibrationTable {
  const { impostors, mated } = impostorDistances(head, photos);
  const { people, photos: count } = sizeOf(photos);
  return calibrationFrom({
    impostorDistances: impostors,
    matedPairs: mated,
    people,
    source: `${count} photographs of ${people} people that took no part in learning`,
  });
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
