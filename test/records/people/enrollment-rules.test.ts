import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { distance } from '../../../src/base/units.js';
import { refusalSentence } from '../../../src/records/enrollment/enrollment-report.js';
import {
  chooseFace,
  compareToGallery,
  type FaceAppearance,
} from '../../../src/records/people/enrollment-rules.js';
import type { QualityProblem } from '../../../src/vision/detection/quality.js';

const face = (height: number, problems: readonly QualityProblem[] = [], mark = height): FaceAppearance => ({
  box: { x: 0, y: 0, width: height * 0.8, height },
  problems,
  embedding: Float32Array.of(mark),
});
const { embedding: _, ...unencoded } = face(100);

for (const [name, faces, tolerated, expected] of [
  ['nothing on it', [], [], 'no-face'],
  ['two faces of like size', [face(100), face(75)], [], 'several-faces'],
  ['two faces of one size', [face(100), face(100)], [], 'several-faces'],
  ['a face of no size beside another', [face(100), face(Number.NaN)], [], 'several-faces'],
  ['a blurred face', [face(100, ['blurred', 'too-dark'])], [], 'blurred'],
  [
    'a blurred and dark face where blur is tolerated',
    [face(100, ['blurred', 'too-dark'])],
    ['blurred'],
    'too-dark',
  ],
  ['a face without embedding', [unencoded], [], 'not-encoded'],
] as const)
  test(`refuses a photo with ${name}`, () =>
    assert.deepEqual(chooseFace(faces, tolerated), { good: false, reason: expected }));

for (const [name, faces, tolerated] of [
  ['one good face', [face(100)], []],
  ['a small face behind', [face(40), face(100), face(69)], []],
  ['a bad face far behind', [face(30, ['blurred', 'too-small']), face(100)], []],
  ['a tolerated problem', [face(100, ['tilted'])], ['tilted']],
] as const)
  test(`takes the largest face of a photo with ${name}`, () =>
    assert.deepEqual(chooseFace(faces, tolerated), { good: true, embedding: Float32Array.of(100) }));

const limits = { likeAnother: distance(0.8), unlikeOwn: distance(1.2) };
const bob = personId('bob');
const other = (value: number) => ({ person: bob, distance: distance(value) });

for (const [name, likeness, expected] of [
  ['nobody else', {}, undefined],
  ['somebody who looks different', { other: other(1.3) }, undefined],
  ['somebody just beyond the limit', { other: other(0.801) }, undefined],
  ['somebody at the limit', { other: other(0.8) }, 'looks-like-another'],
  ['a twin who is farther off than the own photos', { other: other(0.7), own: distance(0.5) }, undefined],
  [
    'a twin who is nearer than the own photos',
    { other: other(0.5), own: distance(0.7) },
    'looks-like-another',
  ],
  ['a twin as near as the own photos', { other: other(0.5), own: distance(0.5) }, 'looks-like-another'],
  ['own photos of somebody else', { own: distance(1.21) }, 'unlike-own-photos'],
  ['own photos at the limit', { own: distance(1.2) }, undefined],
  ['own photos at no distance', { own: distance(Number.NaN) }, 'unlike-own-photos'],
  [
    'another at no distance beside own photos',
    { other: other(0.5), own: distance(Number.NaN) },
    'looks-like-another',
  ],
] as const)
  test(`beside ${name}: ${expected ?? 'good'}`, () => {
    const result = compareToGallery(likeness, limits);
    assert.equal(result.good ? undefined : result.reason, expected);
    if (!result.good && result.reason === 'looks-like-another') assert.equal(result.other, bob);
  });

test('asks nothing where there are no limits', () =>
  assert.deepEqual(compareToGallery({ other: other(0), own: distance(9) }, {}), { good: true }));

test('says whom a photo is mixed up with', () => {
  assert.match(refusalSentence('looks-like-another', 'bob'), /another id \(bob\): check whose/);
  assert.match(refusalSentence('blurred', 'bob'), /sharp/);
  for (const reason of ['face-covered', 'no-face'] as const)
    assert.match(
      refusalSentence(reason),
      /^[^.]*covered[^.]*badge[^.]*\.$/,
      'the badge way stands in the same sentence',
    );
});
