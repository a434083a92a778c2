/** Defines everything that decides how a head is trained; the same plan on the same photos gives the same head. */
import type { Projection } from '../../../biometrics/head/head.js';
import { type BatchPlan, type Mining, mine, pairsOf } from './mining.js';
import { contrastiveLoss, type LossAndGradient, type Rows, tripletLoss } from './rows.js';

export type LossName = 'triplet' | 'contrastive';
export type HeadShape = 'linear' | 'two-layer';

/** What a person chooses of a plan; the rest is measured in docs/SIAMESE.md. */
export interface TrainingChoice {
  readonly loss: LossName;
  readonly mining: Mining;
  readonly shape: HeadShape;
  readonly halfTwin: boolean;
  /** Whole number, 0 or more. */
  readonly seed: number;
  readonly epochs?: number;
}

export interface LearningPlan extends TrainingChoice {
  readonly epochs: number;
  /** Triplet: in squared distance; contrastive: in distance. Outputs have a length of about 1. */
  readonly margin: number;
  /** Contrastive: weight of mated pairs relative to impostor pairs, above 0. */
  readonly pull: number;
  readonly learningRate: number;
  /** Share of the way back to the start that a weight goes in each step, times the learning rate. 0 or more. */
  readonly weightDecay: number;
  /** Neurons of the hidden layer of a two-layer head. */
  readonly hidden: number;
  readonly batch: BatchPlan;
  /** Epochs without a better held-out figure before it ends. */
  readonly patience: number;
}

export interface TrainingStep {
  readonly epoch: number;
  readonly epochs: number;
  /** Mean over the epoch. */
  readonly loss: number;
  /** Share of the mined terms that still contributed to the loss, 0..1. */
  readonly active: number;
  /** Held-out figure of the head after this epoch, and the best so far. */
  readonly heldOut: number;
  readonly best: number;
}

export interface TrainingSet extends Rows {
  readonly vectors: Float32Array;
}

export interface SideProjections {
  readonly template: Projection;
  readonly live: Projection;
}

export interface Trained extends SideProjections {
  /** 0: no epoch was better than the start. */
  readonly bestEpoch: number;
  readonly epochs: number;
  readonly stoppedBy: 'patience' | 'epochs' | 'signal';
}

export interface TrainingHooks {
  /** Figure of a head on held-out people, higher is better: decides what is kept and when to end. */
  readonly evaluate: (sides: SideProjections) => number;
  /** Offset of a row of unit length that a crowd adds behind these sides; called once an epoch. Absent: none. */
  readonly asideOf?: (sides: SideProjections) => ((unit: Float32Array) => number) | undefined;
  readonly onStep?: (step: TrainingStep) => void;
  readonly signal: AbortSignal;
}

/** Trains a head. @returns the best head so far, also when the signal aborts. */
export type Train = (
  set: TrainingSet,
  start: SideProjections,
  plan: LearningPlan,
  hooks: TrainingHooks,
) => Promise<Trained>;

/** Loss of a batch of outputs, by the plan. */
export function lossOf(
  rows: Rows,
  { loss, mining, margin, pull }: LearningPlan,
): LossAndGradient & { terms: number } {
  // Semi-hard impostors are within the margin; for the contrastive loss that is one of distance, not of its square.
  const triplets = mine[mining](rows, loss === 'triplet' ? margin : margin * margin);
  if (loss === 'triplet') return { ...tripletLoss(rows, triplets, margin), terms: triplets.length };
  const pairs = pairsOf(triplets);
  return { ...contrastiveLoss(rows, pairs, margin, pull), terms: pairs.length };
}

export const planFor = ({ epochs = 20, ...choice }: TrainingChoice): LearningPlan => ({
  ...choice,
  margin: choice.loss === 'triplet' ? 0.8 : 1.3,
  pull: 0.25,
  learningRate: 1e-4,
  weightDecay: 10,
  hidden: 128,
  batch: { size: 256, perPerson: 4, impostors: 0.25 },
  epochs,
  patience: 5,
});
