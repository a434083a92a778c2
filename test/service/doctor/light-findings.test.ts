import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLight } from '../../../src/service/doctor/light-findings.js';
import { face, frameOf } from '../../lane/lane-world.js';

const standing = (light: number) =>
  Array.from({ length: 20 }, (_, n) => frameOf(n, n * 40, [face('ada', { light })]));

for (const [name, light, verdict, said] of [
  ['too little light for a face', 0.42, 'warning', /needs more light: a face there had 40 %/],
  [
    'light enough for light skin alone',
    1.3,
    'warning',
    /130 %.*needs more light.*250 % suffices for everybody/,
  ],
  ['light enough for everybody', 2.6, 'good', /Light enough for everybody: .* 260 %/],
] as const)
  test(`finds ${name}`, () => {
    const [finding, ...more] = judgeLight('north', standing(light));
    assert.deepEqual([finding?.about, finding?.verdict, more], ['light north', verdict, []]);
    assert.match(finding?.detail ?? '', said);
    assert.equal(finding?.todo !== undefined, verdict === 'warning');
  });

test('measures no light where nobody stood', () => {
  assert.deepEqual(judgeLight('north', []), []);
  assert.deepEqual(judgeLight('north', [frameOf(0, 0, [])]), []);
});
