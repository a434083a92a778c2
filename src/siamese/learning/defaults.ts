/** The plan behind the few choices that a person makes; measured in docs/SIAMESE.md. */
import type { Mining } from './mining.js';
import type { HeadShape, LearningPlan, LossName } from './plan.js';

export interface LearnChoice {
  readonly loss: LossName;
  readonly mining: Mining;
  readonly shape: HeadShape;
  readonly halfTwin: boolean;
  readonly seed: number;
  readonly epochs?: number;
}

export const planFor = ({ epochs = 40, ...choice }: LearnChoice): LearningPlan => ({
  ...choice,
  margin: choice.loss === 'triplet' ? 0.2 : 1,
  learningRate: 1e-3,
  weightDecay: 1,
  hidden: 128,
  batch: { size: 256, perPerson: 4, strangers: 0.25 },
  epochs,
  patience: 10,
});
