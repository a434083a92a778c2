import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peopleAtGate } from '../../../src/vision/detection/region-of-interest.js';

const frame = { width: 640, height: 480 };
const rules = { zone: { x: 0.25, y: 0, width: 0.5, height: 1 }, minInterOcular: 24 };

interface Somebody {
  readonly name: string;
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly seen: boolean;
  readonly established: boolean;
}

function somebody(name: string, height: number, x = 320, state: Partial<Somebody> = {}): Somebody {
  const box = { x: x - height / 2.6, y: 100, width: height / 1.3, height };
  return { name, box, seen: true, established: true, ...state };
}

for (const [name, people, expected] of [
  ['nobody when nobody is there', [], []],
  ['the one who stands there', [somebody('ada', 120)], ['ada']],
  ['nobody who stands beside the zone', [somebody('ada', 120, 100)], []],
  ['nobody who is too far to be encoded', [somebody('ada', 50)], []],
  ['not the one far behind', [somebody('ada', 120), somebody('bob', 80, 400)], ['ada']],
  ['two of like size', [somebody('ada', 120), somebody('bob', 90, 400)], ['ada', 'bob']],
  ['not one who passes outside of the zone', [somebody('ada', 120), somebody('bob', 120, 600)], ['ada']],
  [
    'one who was lost from sight a moment ago, beside another',
    [somebody('ada', 120), somebody('bob', 120, 400, { seen: false })],
    ['ada', 'bob'],
  ],
  ['nobody when all were lost from sight', [somebody('ada', 120, 320, { seen: false })], []],
  [
    'not a hand that looked like a face once',
    [somebody('ada', 120), somebody('hand', 130, 400, { established: false })],
    ['ada'],
  ],
  ['a newcomer who is alone', [somebody('ada', 120, 320, { established: false })], ['ada']],
  [
    'both of two newcomers',
    [somebody('ada', 120, 300, { established: false }), somebody('bob', 120, 400, { established: false })],
    ['ada', 'bob'],
  ],
  ['nobody whose place is not a number', [somebody('ada', 120, NaN)], []],
] as const)
  test(`sees at the gate ${name}`, () => {
    assert.deepEqual(
      peopleAtGate(people as readonly Somebody[], frame, rules).map((one) => one.name),
      expected,
    );
  });
