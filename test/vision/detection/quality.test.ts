import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChipStatistics } from '../../../src/vision/detection/chip-statistics.js';
import type { Face, FivePoints } from '../../../src/vision/detection/face.js';
import { lightOf, poseOf, problemsOf, qualityScore } from '../../../src/vision/detection/quality.js';

const frame = { width: 640, height: 480 };
const rules = { minInterOcular: 24, minScore: 0.6 };
const clear: ChipStatistics = { sharpness: 0.2, signal: 20, burnt: 0, coverings: [] };

interface Looks {
  readonly x?: number;
  readonly eyes?: number;
  /** Of the nose from the middle, in eye distances. */
  readonly turn?: number;
  readonly nod?: number;
  readonly roll?: number;
  readonly breadth?: number;
  readonly score?: number;
}

function face({
  x = 300,
  eyes = 40,
  turn = 0,
  nod = 0.55,
  roll = 0,
  breadth = 0.95,
  score = 0.9,
}: Looks = {}): Face {
  const down = eyes / breadth;
  const angle = (roll * Math.PI) / 180;
  const at = (right: number, below: number) => ({
    x: x + right * Math.cos(angle) - below * Math.sin(angle),
    y: 200 + right * Math.sin(angle) + below * Math.cos(angle),
  });
  const points: FivePoints = [
    at(-eyes / 2, 0),
    at(eyes / 2, 0),
    at(turn * eyes, nod * down),
    at(-eyes * 0.4, down),
    at(eyes * 0.4, down),
  ];
  return { box: { x: x - eyes, y: 160, width: 2 * eyes, height: 2.6 * eyes }, score, points };
}

test('finds nothing wrong with a good face', () => {
  assert.deepEqual(problemsOf(face(), clear, frame, rules), []);
});

for (const [problem, name, looks, look] of [
  ['too-small', 'eyes closer than asked for', { eyes: 23.9 }, {}],
  ['turned-away', 'a nose beyond an eye', { turn: 0.5 }, {}],
  ['turned-away', 'a nose beyond the other eye', { turn: -0.5 }, {}],
  ['turned-away', 'eyes close together for the length of the face', { breadth: 0.55 }, {}],
  ['turned-away', 'a head thrown back', { nod: 0.25 }, {}],
  ['turned-away', 'a bowed head', { nod: 0.8 }, {}],
  ['tilted', 'a head that lies on a shoulder', { roll: 40 }, {}],
  ['blurred', 'no fine structure', {}, { sharpness: 0.02 }],
  ['too-dark', 'features that sink into the noise', {}, { signal: 4 }],
  ['too-bright', 'a face that is burnt out', {}, { burnt: 0.9 }],
  ['face-covered', 'a hidden mouth', {}, { coverings: ['mouth'] }],
  ['face-covered', 'hidden eyes', {}, { coverings: ['eyes'] }],
  ['at-the-edge', 'a face half outside', { x: 5 }, {}],
  ['low-score', 'a detector in doubt', { score: 0.59 }, {}],
] as const satisfies readonly (readonly [string, string, Looks, Partial<ChipStatistics>])[])
  test(`calls ${name} ${problem}, and nothing else`, () => {
    assert.deepEqual(problemsOf(face(looks), { ...clear, ...look }, frame, rules), [problem]);
  });

for (const looks of [
  { eyes: 24 },
  { turn: 0.35 },
  { nod: 0.45 },
  { roll: -25 },
  { breadth: 0.7 },
  { score: 0.6 },
])
  test(`takes ${JSON.stringify(looks)} for good enough`, () => {
    assert.deepEqual(problemsOf(face(looks), clear, frame, rules), []);
  });

test('finds something wrong with numbers that are none', () => {
  const broken = {
    ...face(),
    points: face().points.map(() => ({ x: NaN, y: NaN })) as unknown as FivePoints,
  };
  const look = { sharpness: NaN, signal: NaN, burnt: NaN, coverings: [] };
  assert.deepEqual(problemsOf({ ...broken, score: NaN }, look, frame, rules), [
    'too-small',
    'turned-away',
    'tilted',
    'blurred',
    'too-dark',
    'too-bright',
    'low-score',
  ]);
  assert.equal(qualityScore(broken, look), 0);
});

test('prefers the larger, the more frontal and the sharper look', () => {
  const usual = qualityScore(face(), clear);
  assert.ok(qualityScore(face({ eyes: 60 }), clear) > usual);
  assert.ok(qualityScore(face({ turn: 0.2 }), clear) < usual);
  assert.ok(qualityScore(face(), { ...clear, sharpness: 0.05 }) < usual);
});

test('measures the turn of a head whatever its roll', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -0.6, max: 0.6, noNaN: true }),
      fc.double({ min: -45, max: 45, noNaN: true }),
      (turn, roll) => {
        const pose = poseOf(face({ turn, roll }).points);
        return Math.abs(pose.turn - turn) < 1e-6 && Math.abs(pose.roll - roll) < 1e-6;
      },
    ),
  );
});

test('a face is too dark exactly where its light is below what it needs', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 50, noNaN: true }), (signal) => {
      const look = { ...clear, signal };
      assert.equal(problemsOf(face(), look, frame, rules).includes('too-dark'), lightOf(look) < 1);
    }),
  );
});

test('names a covering before every other problem, so that whoever is refused learns of the way by badge', () => {
  const look = { ...clear, sharpness: 0, signal: 0, coverings: ['mouth'] } as const;
  assert.equal(problemsOf(face({ turn: 0.5, eyes: 5 }), look, frame, rules)[0], 'face-covered');
});
