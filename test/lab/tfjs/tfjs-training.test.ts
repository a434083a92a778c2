import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal, randomFrom } from '../../../src/base/random.js';
import { euclidean } from '../../../src/biometrics/distance.js';
import { project } from '../../../src/biometrics/head/apply-head.js';
import type { Projection } from '../../../src/biometrics/head/head.js';
import { pairScores } from '../../../src/biometrics/statistics/pair-scores.js';
import { rateAt } from '../../../src/biometrics/statistics/sweep.js';
import { train } from '../../../src/lab/tfjs/tfjs-training.js';
import type {
  LearningPlan,
  SideProjections,
  TrainingStep,
} from '../../../src/lab/train/metric-learning/training-plan.js';

const DIMENSION = 10;
const PEOPLE = 60;
const side: Projection = { unitInput: false, unitOutput: true };
const start: SideProjections = { template: side, live: side };
const plan: LearningPlan = {
  loss: 'triplet',
  mining: 'batch-hard',
  shape: 'linear',
  halfTwin: false,
  margin: 0.2,
  pull: 1,
  learningRate: 0.02,
  weightDecay: 0.01,
  hidden: 8,
  batch: { size: 64, perPerson: 4, impostors: 0.25 },
  epochs: 12,
  patience: 12,
  seed: 3,
};
const never = new AbortController().signal;

/** Faces of ten numbers: six are the person, four are noise that a plain distance takes for a difference. */
function photos(people: readonly number[], { turned = false } = {}) {
  return people.flatMap((person) => {
    const own = randomFrom(person + 1);
    const face = Array.from({ length: DIMENSION }, (_, i) => (i < 6 ? normal(own) : 0));
    return Array.from({ length: 4 }, (_, photo) => {
      const noise = randomFrom(1000 * (person + 1) + photo);
      const vector = Float32Array.from(face, (value, i) => value + (i < 6 ? 0.25 : 2) * normal(noise));
      // The other camera sees the first two numbers exchanged.
      return {
        person,
        photo,
        vector: turned ? Float32Array.of(-(vector[1] ?? 0), vector[0] ?? 0, ...vector.slice(2)) : vector,
      };
    });
  });
}

function setOf(some: ReturnType<typeof photos>, sides?: Uint8Array) {
  const vectors = new Float32Array(some.length * DIMENSION);
  some.forEach(({ vector }, row) => {
    vectors.set(vector, row * DIMENSION);
  });
  const people = Int32Array.from(some, ({ person }) => person);
  return { vectors, dimension: DIMENSION, people, sides };
}

const numbers = Array.from({ length: PEOPLE }, (_, i) => i);
const known = photos(numbers);
const held = photos(numbers.map((i) => i + 500));
const probes = (some: typeof held, side: Projection) =>
  some.map(({ person, vector }) => ({ person: `${person}`, vector: project(side, vector) }));
const evaluate = ({ live }: SideProjections): number =>
  rateAt(pairScores(probes(held, live), undefined, euclidean, { share: 0.1 }), 0.01, 'people')?.tmr ?? 0;
const atStart = evaluate(start);

for (const loss of ['triplet', 'contrastive'] as const)
  for (const mining of ['semi-hard', 'batch-hard'] as const)
    for (const shape of ['linear', 'two-layer'] as const) {
      test(`${loss}, ${mining}, ${shape}: learns what tells people apart whom it never saw`, async () => {
        const margin = loss === 'triplet' ? 0.2 : 0.9;
        const trained = await train(
          setOf(known),
          start,
          { ...plan, loss, mining, shape, margin },
          { evaluate, signal: never },
        );
        assert.ok(evaluate(trained) > atStart + 0.15, `${atStart} -> ${evaluate(trained)}`);
        assert.equal(trained.template, trained.live);
        assert.equal(trained.live.bend !== undefined, shape === 'two-layer');
      });
    }

test('a half-twin learns that one side sees otherwise', async () => {
  const turned = photos(numbers, { turned: true });
  const sides = Uint8Array.from([...turned.map(() => 0), ...known.map(() => 1)]);
  const across = ({ template, live }: SideProjections): number => {
    const templates = probes(
      photos(
        numbers.map((i) => i + 500),
        { turned: true },
      ),
      template,
    );
    return (
      rateAt(pairScores(templates, probes(held, live), euclidean, { share: 0.1 }), 0.01, 'people')?.tmr ?? 0
    );
  };
  const before = across(start);
  const trained = await train(
    setOf([...turned, ...known], sides),
    start,
    { ...plan, halfTwin: true, epochs: 20, patience: 20 },
    { evaluate: across, signal: never },
  );
  assert.ok(across(trained) > before + 0.15, `${before} -> ${across(trained)}`);
  assert.notDeepEqual(trained.template, trained.live);
});

test('the same plan on the same photos gives the same head, another seed another', async () => {
  const short = { ...plan, shape: 'two-layer', epochs: 2 } as const;
  const learned = (seed: number) =>
    train(setOf(known), start, { ...short, seed }, { evaluate, signal: never });
  const first = await learned(1);
  assert.deepEqual(await learned(1), first);
  assert.notDeepEqual((await learned(2)).live.linear, first.live.linear);
});

test('reports each epoch, and keeps the best', async () => {
  const steps: TrainingStep[] = [];
  const trained = await train(setOf(known), start, plan, {
    evaluate,
    onStep: (step) => steps.push(step),
    signal: never,
  });
  assert.equal(steps.length, trained.epochs);
  const best = Math.max(atStart, ...steps.map(({ heldOut }) => heldOut));
  assert.equal(evaluate(trained), best);
  assert.equal(steps.at(-1)?.best, best);
  assert.ok(steps.every(({ loss, active }) => loss >= 0 && active >= 0 && active <= 1));
});

test('ends when held-out people have not gained for so long', async () => {
  const { bestEpoch, epochs, stoppedBy } = await train(
    setOf(known),
    start,
    { ...plan, patience: 3, epochs: 50 },
    { evaluate: () => 0.5, signal: never },
  );
  assert.deepEqual({ bestEpoch, epochs, stoppedBy }, { bestEpoch: 0, epochs: 3, stoppedBy: 'patience' });
});

test('gives the best so far when its signal aborts', async () => {
  const stop = new AbortController();
  const onStep = ({ epoch }: TrainingStep) => {
    if (epoch === 2) stop.abort();
  };
  const trained = await train(setOf(known), start, plan, { evaluate, onStep, signal: stop.signal });
  assert.deepEqual([trained.stoppedBy, trained.epochs], ['signal', 2]);
  assert.ok(evaluate(trained) > atStart);
});

test('takes the centre away before it learns, and keeps it in the head', async () => {
  const centre = Float32Array.from({ length: DIMENSION }, () => 7);
  const moved = known.map((one) => ({ ...one, vector: one.vector.map((value) => value + 7) }));
  const once = { ...plan, epochs: 1 };
  const rising = () => {
    let figure = 0;
    return () => {
      figure += 1;
      return figure;
    };
  };
  const centred = await train(
    setOf(moved),
    { template: { ...side, centre }, live: { ...side, centre } },
    once,
    { evaluate: rising(), signal: never },
  );
  const plain = await train(setOf(known), start, once, { evaluate: rising(), signal: never });
  assert.deepEqual(centred.live.centre, centre);
  plain.live.linear?.data.forEach((weight, i) => {
    assert.ok(Math.abs(weight - (centred.live.linear?.data[i] ?? Number.NaN)) < 5e-3);
  });
});
