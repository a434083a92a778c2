import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { normal, randomFrom } from '../../../src/base/random.js';
import { distance, falseMatchRate } from '../../../src/base/units.js';
import { fmrOf } from '../../../src/biometrics/fmr.js';
import { fusionFor } from '../../../src/biometrics/fused-looks.js';
import { headFromText, headToText } from '../../../src/biometrics/head/head-file.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import { decisive } from '../../../src/biometrics/statistics/examine-head.js';
import type { SidedPhoto } from '../../../src/biometrics/statistics/training-sets.js';
import type { HeldOut } from '../../../src/biometrics/training-record.js';
import { train } from '../../../src/lab/tfjs/tfjs-training.js';
import { planFor, type Train } from '../../../src/lab/train/metric-learning/training-plan.js';
import { assertNoHarm, trainHead } from '../../../src/lab/train/train-head.js';
import { cardOf } from '../../biometrics/head/card-sample.js';
import { sameFields } from '../../support/same-fields.js';

const DIMENSION = 10;
const never = new AbortController().signal;
const card = cardOf(DIMENSION);

/** Six numbers are the person, four are noise. `turned`: as another camera sees it. */
function photosOf(people: number, { turned = false, each = 4 } = {}): readonly SidedPhoto[] {
  return Array.from({ length: people }, (_, person) => {
    const own = randomFrom(person + 1);
    const face = Array.from({ length: DIMENSION }, (_, i) => (i < 6 ? normal(own) : 0));
    return Array.from({ length: each }, (_, photo) => {
      const noise = randomFrom(1000 * (person + 1) + photo + (turned ? 500 : 0));
      const seen = face.map((value, i) => value + (i < 6 ? 0.25 : 2) * normal(noise));
      const [first = 0, second = 0] = seen;
      const embedding = Float32Array.from(turned ? [-second, first, ...seen.slice(2)] : seen);
      return { person: `p${person}`, embedding, side: turned ? ('template' as const) : ('live' as const) };
    });
  }).flat();
}

const quick = {
  ...planFor({
    loss: 'triplet',
    mining: 'batch-hard',
    shape: 'linear',
    halfTwin: false,
    seed: 1,
    epochs: 15,
  }),
  learningRate: 0.02,
  weightDecay: 0.1,
  margin: 0.2,
};
const order = { card, photos: photosOf(160), plan: quick, madeAt: '2026-01-01T00:00:00.000Z' };

test('lifts people it never saw, and says by how much and how surely', async () => {
  const { head, rows, split } = await trainHead(order, train, () => {}, never);
  const row = decisive(rows);
  assert.ok(row !== undefined && row.liftFrom > 0, JSON.stringify(row));
  assert.ok(Math.abs(row.tmrAfter - row.tmrBefore - row.lift) < 1e-9);
  sameFields(row.people, new Set(split.examine.map(({ person }) => person)).size);
  sameFields(head.card.heldOut, rows);
  sameFields(head.card.trained, { people: 80, photos: 320 });
  assertNoHarm(rows);
});

test('brings its own calibration, because distances are others after it', async () => {
  const { head, split } = await trainHead(order, train, () => {}, never);
  const people = new Set(split.examine.map(({ person }) => person)).size;
  assert.equal(head.calibration?.people, people);
  assert.equal(head.calibration?.impostorPairs, (people * 4 * (people * 4 - 4)) / 2);
  assert.ok(head.calibration !== undefined && fmrOf(head.calibration, distance(0)) < 1e-3);
  // Looks behind it are counted one by one: no mean of looks has a table.
  assert.equal(head.calibration.fused, undefined);
  assert.equal(
    fusionFor(head.calibration, { bound: falseMatchRate(0.5), needed: 1, available: 9 }),
    undefined,
  );
});

test('makes a file that is read back, for this encoder only', async () => {
  const { head } = await trainHead({ ...order, plan: { ...quick, epochs: 1 } }, train, () => {}, never);
  sameFields(headFromText(headToText(head), digestOf(card)), head);
});

test('the same order gives the same file', async () => {
  const short = { ...order, plan: { ...quick, epochs: 2 } };
  const [first, second] = [
    await trainHead(short, train, () => {}, never),
    await trainHead(short, train, () => {}, never),
  ];
  assert.equal(headToText(first.head), headToText(second.head));
});

test('a half-twin wins back what another camera cost', async () => {
  const photos = [...photosOf(160, { turned: true }), ...photosOf(160)];
  const plan = { ...quick, halfTwin: true, epochs: 25, patience: 25 };
  const { head, rows } = await trainHead({ ...order, photos, plan }, train, () => {}, never);
  assert.equal(head.kind, 'half-twin');
  const row = decisive(rows);
  assert.ok(row !== undefined && row.liftFrom > 0.1, JSON.stringify(row));
  sameFields(headFromText(headToText(head), digestOf(card)), head);
});

test('stopped by Ctrl-C, the best so far is examined and kept', async () => {
  const stop = new AbortController();
  const { trained, rows } = await trainHead(
    order,
    train,
    ({ epoch }) => {
      if (epoch === 3) stop.abort();
    },
    stop.signal,
  );
  assert.equal(trained.stoppedBy, 'signal');
  assert.ok((decisive(rows)?.lift ?? 0) > 0);
});

for (const [name, photos, halfTwin, message] of [
  ['nobody', [], false, /got 0/],
  ['one person only', photosOf(1, { each: 50 }), false, /people with several photographs/],
  ['one photograph of each', photosOf(200, { each: 1 }), false, /people with several photographs/],
  ['too few strangers', photosOf(30, { each: 2 }), false, /pairs of different people/],
  ['templates without live faces', photosOf(160, { turned: true }), true, /people with several photographs/],
] as const) {
  test(`refuses to learn from ${name}`, async () => {
    const wrong = trainHead({ ...order, photos, plan: { ...quick, halfTwin } }, train, () => {}, never);
    await assert.rejects(wrong, (error) => {
      assert.ok(error instanceof TwinstileError && error.code === 'bad-arguments');
      assert.match(error.message, message);
      return true;
    });
  });
}

for (const [name, embedding] of [
  ['a number that is none', Float32Array.from({ length: DIMENSION }, () => Number.NaN)],
  ['another length, as of another encoder', new Float32Array(DIMENSION + 1)],
] as const) {
  test(`refuses a vector with ${name}, and names the person`, async () => {
    const photos = [...photosOf(160), { person: 'eve', embedding, side: 'live' as const }];
    await assert.rejects(
      trainHead({ ...order, photos }, train, () => {}, never),
      (error) => {
        assert.ok(error instanceof TwinstileError && error.code === 'bad-arguments');
        assert.match(error.message, / of eve\.$/);
        return true;
      },
    );
  });
}

test('refuses a head that makes people worse whom it never saw, with the numbers', async () => {
  /** Throws most of the face away. */
  const blind: Train = async (_set, start) => {
    const data = new Float32Array(DIMENSION * DIMENSION);
    data[0] = 1;
    const side = { ...start.live, linear: { rows: DIMENSION, columns: DIMENSION, data } };
    return { template: side, live: side, bestEpoch: 1, epochs: 1, stoppedBy: 'epochs' };
  };
  const { rows } = await trainHead(order, blind, () => {}, never);
  assert.throws(
    () => assertNoHarm(rows),
    (error) => {
      assert.ok(error instanceof TwinstileError && error.code === 'learning-refused');
      assert.match(error.message, /\d+\.\d\d % before and \d+\.\d\d % after at FMR 1e-[23]/);
      return true;
    },
  );
});

const row: HeldOut = {
  fmr: 1e-3,
  counting: 'people',
  people: 9,
  photos: 9,
  matedPairs: 9,
  impostorPairs: 9,
  tmrBefore: 0.5,
  tmrAfter: 0.5,
  lift: 0,
  liftFrom: 0,
  liftTo: 0,
};
test('what decides is the smallest rate, with every person counting once', () => {
  assertNoHarm([{ ...row, fmr: 1e-2, lift: -0.1 }, row, { ...row, counting: 'pairs', lift: -0.1 }]);
  assert.throws(() => assertNoHarm([row, { ...row, fmr: 1e-4, lift: -0.01 }]));
  assert.throws(() => assertNoHarm([{ ...row, lift: Number.NaN }]));
  assert.throws(() => assertNoHarm([]));
});
