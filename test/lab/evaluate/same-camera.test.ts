import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { evaluateClips, type WatchedClip } from '../../../src/lab/evaluate/measure-clips.js';
import { evaluateIdentification } from '../../../src/lab/evaluate/measure-identification.js';
import { evaluatePairs } from '../../../src/lab/evaluate/measure-pairs.js';
import {
  betweenAtCamera,
  lensesAtCamera,
  measuredAtCamera,
  type OwnedVector,
} from '../../../src/lab/evaluate/same-camera.js';
import { cardOf, table } from '../../biometrics/head/card-sample.js';

const SIZE = 7;
const raw = cardOf(SIZE, table('test'));
const comparison = comparisonOf({ ...raw, encoder: { ...raw.encoder, normalise: true } });

/** Most of a face is the camera's; the rest is the person's, with a little of the take. */
function faceOf(person: number, take: number): Float32Array {
  const vector = new Float32Array(SIZE);
  vector[SIZE - 1] = 0.95;
  vector[person] = 0.312;
  vector[(person + 1) % (SIZE - 1)] = 0.03 * take;
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

const vectors: readonly OwnedVector[] = Array.from({ length: 10 }, (_, i) => ({
  person: `p${i % 5}`,
  vector: faceOf(i % 5, Math.floor(i / 5)),
}));

test('finds strangers of one camera farther apart than they are raw, and each person about as near', () => {
  const between = betweenAtCamera(vectors, comparison);
  for (const [i, a] of vectors.entries())
    for (const [j, b] of vectors.entries()) {
      const before = comparison.between(a.vector, b.vector);
      const after = between(i, j);
      if (a.person === b.person) assert.ok(after <= before + 0.1, `${i} ${j}`);
      else assert.ok(after >= before + 0.2, `${i} ${j}: ${before} ${after}`);
    }
});

test('never finds two vectors nearer than they are raw', () => {
  const unit = fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: SIZE, maxLength: SIZE })
    .filter((values) => Math.hypot(...values) > 0.1)
    .map((values) => Float32Array.from(values, (value) => value / Math.hypot(...values)));
  const owned = fc.record({ person: fc.constantFrom('a', 'b', 'c'), vector: unit });
  fc.assert(
    fc.property(fc.array(owned, { minLength: 2, maxLength: 6 }), (some) => {
      const between = betweenAtCamera(some, comparison);
      for (let i = 0; i < some.length; i += 1)
        for (let j = 0; j < some.length; j += 1) {
          const before = comparison.between(
            some[i]?.vector ?? new Float32Array(),
            some[j]?.vector ?? new Float32Array(),
          );
          // Where nothing is left of a vector there is no distance, which matches nobody.
          assert.ok(!(between(i, j) < before));
        }
    }),
  );
});

test('leaves vectors as they are where the pack is not centred, and where nobody is enrolled', () => {
  const bare = comparisonOf(raw);
  assert.equal(betweenAtCamera(vectors, bare)(0, 1), bare.between(faceOf(0, 0), faceOf(1, 0)));
  const { template, live } = lensesAtCamera([], comparison);
  const one = faceOf(0, 0);
  assert.equal(template(one).centred, one);
  assert.equal(live(one).centred, one);
});

test('evaluates clips and galleries of one camera through its centre', () => {
  const clips = vectors.map(
    ({ person, vector }, i): WatchedClip => ({
      file: `${i}`,
      person,
      frames: 1,
      framesAtGate: 1,
      looks: 1,
      reasons: {},
      tracks: [[vector]],
    }),
  );
  const nearest = (isSameCamera: boolean): number =>
    evaluateClips(clips, 'test', comparison, { perTrack: 5, isSameCamera }).byFrame.worst.impostors[0]
      ?.distance ?? 0;
  assert.ok(nearest(true) > nearest(false) + 0.2);
  const shown = vectors.map((one, i) => ({ ...one, name: `${one.person}/${i}` }));
  const photos = { pack: 'test', comparison, shown, missing: [] };
  const wrong = (isSameCamera: boolean): number =>
    evaluateIdentification(photos, [3], 20, {
      replicates: 10,
      seed: 1,
      isSameCamera,
    }).sizes[0]?.configured.at(-1)?.fpir?.value ?? Number.NaN;
  assert.ok(wrong(false) > wrong(true));
});

test('evaluates pairs of one camera through its centre, one by one as betweenAtCamera compares them', () => {
  const shown = vectors.map((one, i) => ({ ...one, name: `${one.person}/${i}` }));
  const photos = { pack: 'test', comparison, shown, missing: [] };
  const plan = { replicates: 10, seed: 1 };
  const before = evaluatePairs(photos, undefined, plan).worst.impostors[0]?.distance ?? 0;
  const { worst, impostorPairs } = evaluatePairs(
    photos,
    undefined,
    plan,
    measuredAtCamera(shown, comparison),
  );
  assert.ok((worst.impostors[0]?.distance ?? 0) > before + 0.2);
  assert.equal(impostorPairs, 40);
  const between = betweenAtCamera(vectors, comparison);
  const nearest = worst.impostors[0] ?? assert.fail();
  const place = (name: string): number => Number(name.split('/')[1]);
  assert.ok(Math.abs(between(place(nearest.a), place(nearest.b)) - nearest.distance) < 1e-6);
});

test('knows the photographs that it was given, and no others', () => {
  const { measure } = measuredAtCamera(vectors, comparison);
  assert.ok(typeof measure === 'function');
  const [first, second] = vectors.map(({ vector }) => vector);
  assert.ok(first !== undefined && second !== undefined);
  assert.ok(measure(first, second) > 0);
  assert.ok(!(measure(Float32Array.from(first), second) >= 0));
});

test('refuses more people than one camera shows before they fill the memory', () => {
  const vector = faceOf(0, 0);
  const many = Array.from({ length: 2001 }, (_, i) => ({ person: `p${i}`, vector }));
  assert.throws(() => measuredAtCamera(many, comparison), {
    code: 'bad-arguments',
    hint: /Leave people out/,
  });
});
