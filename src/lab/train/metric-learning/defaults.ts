/** The plan behind the few choices that a person makes; measured in docs/SIAMESE.md. */
import type { Mining } from './mining.js';
import type { HeadShape, LearningPlan, LossName } from './training-plan.js';

export interface TrainingChoice {
  readonly loss: LossName;
  readonly mining: Mining;
  readonly shape: HeadShape;
  readonly halfTwin: boolean;
  readonly seed: number;
  readonly epochs?: number;
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
