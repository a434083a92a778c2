/**
 * Learns a head with TensorFlow.js: its matrix products and its Adam.
 *
 * The gradient of the loss by the outputs comes from the pure losses, the very ones that are held against finite differences
 * in the tests; from there to the weights are a few matrix products. Everything random comes from the plan's seed, and the CPU
 * backend computes in one order, so the same plan gives the same head.
 */
import '@tensorflow/tfjs-backend-cpu';
import { setImmediate as breathe } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { randomFrom } from '../../base/random.js';
import { project } from '../../biometrics/head/apply-head.js';
import type { Projection } from '../../biometrics/head/head.js';
import { identityMatrix } from '../../biometrics/head/matrix.js';
import { throughUnitRows, toUnitRows } from '../../biometrics/statistics/unit-length.js';
import { batchesOf } from '../train/metric-learning/batches.js';
import type { Rows } from '../train/metric-learning/rows.js';
import {
  type LearningPlan,
  lossOf,
  type Sides,
  type Train,
  type Trained,
  type TrainingSet,
} from '../train/metric-learning/training-plan.js';
import { backwards, decay, disposeOf, forwards, type Layers, layersFrom, projectionOf } from './layers.js';

export const train: Train = async (set, start, plan, { judge, aside, onStep }, signal) => {
  // Silences the advice to install a native backend: a head needs none.
  tf.enableProdMode();
  await tf.setBackend('cpu');
  const random = randomFrom(plan.seed);
  const layersOf = ({ linear }: Projection): Layers =>
    layersFrom(linear ?? identityMatrix(set.dimension), plan.shape === 'two-layer' ? plan.hidden : 0, random);
  const live = layersOf(start.live);
  const template = plan.halfTwin ? layersOf(start.template) : live;
  const sides = [...new Set([template, live])];
  const adam = tf.train.adam(plan.learningRate);
  const prepared = prepare(set, start);
  const asProjections = async (): Promise<Sides> => {
    const liveSide = await projectionOf(live, start.live);
    return {
      live: liveSide,
      template: template === live ? liveSide : await projectionOf(template, start.template),
    };
  };

  let now = await asProjections();
  let kept = now;
  let best = judge(kept);
  let bestEpoch = 0;
  let epoch = 0;
  let stoppedBy: Trained['stoppedBy'] = 'epochs';
  try {
    while (epoch < plan.epochs && !signal.aborted) {
      let loss = 0;
      let active = 0;
      let terms = 0;
      const asideOf = aside?.(now);
      const batches = batchesOf(set, plan.batch, random);
      for (const rows of batches) {
        // Ctrl-C is an event, and events are heard between batches.
        await breathe();
        if (signal.aborted) break;
        const told = step(
          rows,
          { ...set, vectors: prepared },
          { template, live },
          start.live.unitOutput,
          plan,
          adam,
          asideOf,
        );
        for (const layers of sides) decay(layers, plan.learningRate * plan.weightDecay);
        loss += told.loss / batches.length;
        active += told.active;
        terms += told.terms;
      }
      if (signal.aborted) break;
      epoch += 1;
      now = await asProjections();
      const heldOut = judge(now);
      if (heldOut > best) [kept, best, bestEpoch] = [now, heldOut, epoch];
      onStep?.({ epoch, epochs: plan.epochs, loss, active: terms === 0 ? 0 : active / terms, heldOut, best });
      if (epoch - bestEpoch >= plan.patience) {
        stoppedBy = 'patience';
        break;
      }
    }
    if (signal.aborted) stoppedBy = 'signal';
    return { ...kept, bestEpoch, epochs: epoch, stoppedBy };
  } finally {
    for (const layers of sides) disposeOf(layers);
    adam.dispose();
  }
};

/** One step of Adam on one batch. @param set prepared. */
function step(
  batch: readonly number[],
  set: TrainingSet,
  layers: { readonly template: Layers; readonly live: Layers },
  unitOutput: boolean,
  plan: LearningPlan,
  adam: tf.Optimizer,
  asideOf: ((unit: Float32Array) => number) | undefined,
): { readonly loss: number; readonly active: number; readonly terms: number } {
  const { dimension } = set;
  // Rows of one side stand together, so that each side is one matrix.
  const bySide =
    layers.template === layers.live
      ? [{ of: layers.live, rows: batch }]
      : [
          { of: layers.template, rows: batch.filter((row) => set.sides?.[row] === 0) },
          { of: layers.live, rows: batch.filter((row) => set.sides?.[row] !== 0) },
        ].filter(({ rows }) => rows.length > 0);
  const order = bySide.flatMap(({ rows }) => rows);
  return tf.tidy(() => {
    const passes = bySide.map(({ of, rows }) => {
      const input = tf.tensor2d(gather(set.vectors, rows, dimension), [rows.length, dimension]);
      return { of, input, ...forwards(of, input) };
    });
    const outputs = passes[0]?.output.shape[1] ?? 0;
    const values = Float32Array.from(passes.flatMap(({ output }) => [...output.dataSync()]));
    const unit = unitOutput ? toUnitRows(values, outputs) : undefined;
    const rows: Rows = {
      vectors: unit?.unit ?? values,
      dimension: outputs,
      people: Int32Array.from(order, (row) => set.people[row] ?? -1),
      sides: set.sides === undefined ? undefined : Uint8Array.from(order, (row) => set.sides?.[row] ?? 0),
      shots: set.shots === undefined ? undefined : Int32Array.from(order, (row) => set.shots?.[row] ?? row),
      aside: unit === undefined || asideOf === undefined ? undefined : asides(unit.unit, outputs, asideOf),
    };
    const { loss, gradient, active, terms } = lossOf(rows, plan);
    const byOutput = unit === undefined ? gradient : throughUnitRows(unit, gradient, outputs);
    let from = 0;
    const gradients = passes.map(({ of, input, hidden }) => {
      const part = byOutput.subarray(from * outputs, (from + input.shape[0]) * outputs);
      from += input.shape[0];
      return backwards(of, input, hidden, tf.tensor2d(Float32Array.from(part), [input.shape[0], outputs]));
    });
    if (active > 0) adam.applyGradients(Object.assign({}, ...gradients));
    return { loss, active, terms };
  });
}

/** About their mean: margins are made for distances that are no longer than the sphere's. */
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

/** What comes before the weights is fixed, and is done once. */
function prepare({ vectors, dimension, sides }: TrainingSet, start: Sides): Float32Array {
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
