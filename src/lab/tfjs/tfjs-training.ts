/**
 * Trains a head with TensorFlow.js: its matrix products and its Adam.
 *
 * The gradient of the loss by the outputs comes from the pure losses, which the tests check against finite differences; from there to the weights are a few matrix products. Everything random comes from the plan's seed, and the CPU
 * backend computes in one order, so the same plan gives the same head.
 */
import '@tensorflow/tfjs-backend-cpu';
import { setImmediate as nextTick } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { randomFrom } from '../../base/random.js';
import { project } from '../../biometrics/head/apply-head.js';
import type { Projection, Side } from '../../biometrics/head/head.js';
import { identityMatrix } from '../../biometrics/head/matrix.js';
import { throughUnitRows, toUnitRows } from '../../biometrics/statistics/unit-length.js';
import { batchesOf } from '../train/metric-learning/mining.js';
import type { Rows } from '../train/metric-learning/rows.js';
import {
  type LearningPlan,
  lossOf,
  type SideProjections,
  type Train,
  type Trained,
  type TrainingHooks,
  type TrainingSet,
} from '../train/metric-learning/training-plan.js';
import { backwards, decay, disposeOf, forwards, type Layers, layersFrom, projectionOf } from './layers.js';

export const train: Train = async (set, start, plan, hooks) => {
  // Silences the advice to install a native backend: a head needs none.
  tf.enableProdMode();
  await tf.setBackend('cpu');
  const trainer = new Trainer(set, start, plan);
  try {
    return await trainUntilStopped(trainer, plan, hooks);
  } finally {
    trainer.dispose();
  }
};

/** Keeps the best head on held-out people; ends after the last epoch, when patience runs out, or when the signal aborts. */
async function trainUntilStopped(
  trainer: Trainer,
  { epochs, patience }: LearningPlan,
  { evaluate, asideOf, onStep, signal }: TrainingHooks,
): Promise<Trained> {
  let now = await trainer.projections();
  let kept = now;
  let best = evaluate(kept);
  let bestEpoch = 0;
  let epoch = 0;
  const ended = (stoppedBy: Trained['stoppedBy']): Trained => ({
    ...kept,
    bestEpoch,
    epochs: epoch,
    stoppedBy,
  });
  while (epoch < epochs && !signal.aborted) {
    const { loss, active } = await trainer.epoch(asideOf?.(now), signal);
    if (signal.aborted) break;
    epoch += 1;
    now = await trainer.projections();
    const heldOut = evaluate(now);
    if (heldOut > best) [kept, best, bestEpoch] = [now, heldOut, epoch];
    onStep?.({ epoch, epochs, loss, active, heldOut, best });
    if (epoch - bestEpoch >= patience) return ended(signal.aborted ? 'signal' : 'patience');
  }
  return ended(signal.aborted ? 'signal' : 'epochs');
}

type AsideOf = ((unit: Float32Array) => number) | undefined;

/** Holds the weights in training, their optimizer and the random sequence of the plan. */
class Trainer {
  readonly #set: TrainingSet;
  readonly #start: SideProjections;
  readonly #plan: LearningPlan;
  readonly #random: () => number;
  readonly #layers: Readonly<Record<Side, Layers>>;
  readonly #adam: tf.Optimizer;

  constructor(set: TrainingSet, start: SideProjections, plan: LearningPlan) {
    this.#start = start;
    this.#plan = plan;
    this.#random = randomFrom(plan.seed);
    const live = this.#layersOf(start.live, set.dimension);
    this.#layers = { live, template: plan.halfTwin ? this.#layersOf(start.template, set.dimension) : live };
    this.#adam = tf.train.adam(plan.learningRate);
    this.#set = { ...set, vectors: prepare(set, start) };
  }

  async projections(): Promise<SideProjections> {
    const { live, template } = this.#layers;
    const liveSide = await projectionOf(live, this.#start.live);
    if (template === live) return { live: liveSide, template: liveSide };
    return { live: liveSide, template: await projectionOf(template, this.#start.template) };
  }

  /** @returns mean loss of its batches, and the share of the mined terms that still contributed to it. */
  async epoch(
    asideOf: AsideOf,
    signal: AbortSignal,
  ): Promise<{ readonly loss: number; readonly active: number }> {
    const { batch, learningRate, weightDecay } = this.#plan;
    const batches = batchesOf(this.#set, batch, this.#random);
    const sum = { loss: 0, active: 0, terms: 0 };
    for (const rows of batches) {
      // Ctrl-C is an event, and events are handled between batches.
      await nextTick();
      if (signal.aborted) break;
      const { loss, active, terms } = this.#step(rows, asideOf);
      for (const layers of this.#sides()) decay(layers, learningRate * weightDecay);
      sum.loss += loss / batches.length;
      sum.active += active;
      sum.terms += terms;
    }
    return { loss: sum.loss, active: sum.terms === 0 ? 0 : sum.active / sum.terms };
  }

  dispose(): void {
    for (const layers of this.#sides()) disposeOf(layers);
    this.#adam.dispose();
  }

  /** One step of Adam on one batch. */
  #step(batch: readonly number[], asideOf: AsideOf): BatchLoss {
    const bySide = this.#bySide(batch);
    const order = bySide.flatMap(({ rows }) => rows);
    return tf.tidy(() => {
      const passes = bySide.map(({ layers, rows }) => this.#forward(layers, rows));
      const outputs = passes[0]?.output.shape[1] ?? 0;
      const values = Float32Array.from(passes.flatMap(({ output }) => [...output.dataSync()]));
      const unit = this.#start.live.unitOutput ? toUnitRows(values, outputs) : undefined;
      const aside =
        unit === undefined || asideOf === undefined ? undefined : asides(unit.unit, outputs, asideOf);
      const rows = { ...rowsOf(this.#set, order), vectors: unit?.unit ?? values, dimension: outputs, aside };
      const { loss, gradient, active, terms } = lossOf(rows, this.#plan);
      const byOutput = unit === undefined ? gradient : throughUnitRows(unit, gradient, outputs);
      if (active > 0) this.#adam.applyGradients(gradientsOf(passes, byOutput, outputs));
      return { loss, active, terms };
    });
  }

  /** Rows of one side are adjacent, so that each side is one matrix. */
  #bySide(
    batch: readonly number[],
  ): readonly { readonly layers: Layers; readonly rows: readonly number[] }[] {
    const { live, template } = this.#layers;
    if (template === live) return [{ layers: live, rows: batch }];
    const isTemplate = (row: number): boolean => this.#set.sides?.[row] === 0;
    return [
      { layers: template, rows: batch.filter(isTemplate) },
      { layers: live, rows: batch.filter((row) => !isTemplate(row)) },
    ].filter(({ rows }) => rows.length > 0);
  }

  #forward(layers: Layers, rows: readonly number[]): Pass {
    const { vectors, dimension } = this.#set;
    const input = tf.tensor2d(gather(vectors, rows, dimension), [rows.length, dimension]);
    return { layers, input, ...forwards(layers, input) };
  }

  #layersOf({ linear }: Projection, dimension: number): Layers {
    const { shape, hidden } = this.#plan;
    return layersFrom(linear ?? identityMatrix(dimension), shape === 'two-layer' ? hidden : 0, this.#random);
  }

  #sides(): ReadonlySet<Layers> {
    return new Set([this.#layers.template, this.#layers.live]);
  }
}

interface BatchLoss {
  readonly loss: number;
  readonly active: number;
  readonly terms: number;
}

type Pass = ReturnType<typeof forwards> & { readonly layers: Layers; readonly input: tf.Tensor2D };

const rowsOf = (set: TrainingSet, order: readonly number[]): Pick<Rows, 'people' | 'sides' | 'shots'> => ({
  people: Int32Array.from(order, (row) => set.people[row] ?? -1),
  sides: set.sides === undefined ? undefined : Uint8Array.from(order, (row) => set.sides?.[row] ?? 0),
  shots: set.shots === undefined ? undefined : Int32Array.from(order, (row) => set.shots?.[row] ?? row),
});

/** Gradients of all weights. @param byOutput gradient by the outputs, with the rows of the passes in their order. */
function gradientsOf(passes: readonly Pass[], byOutput: Float32Array | Float64Array, outputs: number) {
  let from = 0;
  const gradients = passes.map(({ layers, input, hidden }) => {
    const part = byOutput.subarray(from * outputs, (from + input.shape[0]) * outputs);
    from += input.shape[0];
    return backwards(layers, input, hidden, tf.tensor2d(Float32Array.from(part), [input.shape[0], outputs]));
  });
  return Object.assign({}, ...gradients);
}

/** Returns offsets about their mean: margins are made for distances no longer than those on the unit sphere. */
function asides(
  units: Float64Array,
  dimension: number,
  asideOf: (unit: Float32Array) => number,
): Float64Array {
  const values = Float64Array.from({ length: units.length / dimension }, (_, row) =>
    asideOf(Float32Array.from(units.subarray(row * dimension, (row + 1) * dimension))),
  );
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

/** Computes once what comes before the weights, for it is fixed. */
function prepare({ vectors, dimension, sides }: TrainingSet, start: SideProjections): Float32Array {
  const before = ({ unitInput, centre }: Projection): Projection => ({
    unitInput,
    unitOutput: false,
    centre,
  });
  const [template, live] = [before(start.template), before(start.live)];
  const result = new Float32Array(vectors.length);
  for (let row = 0; row * dimension < vectors.length; row += 1) {
    const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
    result.set(project(sides?.[row] === 0 ? template : live, vector), row * dimension);
  }
  return result;
}

function gather(vectors: Float32Array, rows: readonly number[], dimension: number): Float32Array {
  const result = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    result.set(vectors.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return result;
}
