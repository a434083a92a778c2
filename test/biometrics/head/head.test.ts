import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelDigest } from '../../../src/base/ids.js';
import { digestWithHead, type Head, identityHead } from '../../../src/biometrics/head/head.js';
import { ENCODER, halfTwin, twin } from './sample.js';

test('the identity leaves the digest of the encoder as it is: trunk vectors are trunk vectors', () => {
  assert.equal(digestWithHead(identityHead(ENCODER, 4)), ENCODER);
});

test('looks like every other digest', () => assert.match(digestWithHead(twin()), /^[0-9a-f]{64}$/));

test('is the same for the same weights, whatever the card and the calibration say', () => {
  const calibrated: Head = {
    ...twin(),
    card: { how: 'Told otherwise.' },
    calibration: { source: 'x', people: 2, impostorPairs: 3, matedPairs: 1, rows: [] },
  };
  assert.equal(digestWithHead(calibrated), digestWithHead(twin()));
});

const other = (change: Partial<Head>): Head => ({ ...halfTwin(), ...change });
const { live, template } = halfTwin();
for (const [name, head] of [
  ['the encoder', other({ encoder: modelDigest('f'.repeat(64)) })],
  ['a weight of the live side', other({ live: { ...live, linear: changed(live.linear) } })],
  ['a weight of the template side', other({ template: { ...template, linear: changed(template.linear) } })],
  ['the centre', other({ live: { ...live, centre: Float32Array.of(0, 0, 0, 0) } })],
  ['the length of the output', other({ live: { ...live, unitOutput: false } })],
  ['the side that a weight stands on', other({ live: template, template: live })],
] as const) {
  test(`differs with ${name}`, () => assert.notEqual(digestWithHead(head), digestWithHead(halfTwin())));
}

function changed(matrix: Head['live']['linear']) {
  assert.ok(matrix !== undefined);
  const data = Float32Array.from(matrix.data);
  data[0] = (data[0] ?? 0) + 1e-3;
  return { ...matrix, data };
}
