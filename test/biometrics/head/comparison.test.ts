import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { euclidean } from '../../../src/biometrics/distance.js';
import { applyHead } from '../../../src/biometrics/head/apply-head.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { digestWithHead, identityHead } from '../../../src/biometrics/head/head.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import { cardOf, table } from './card-sample.js';
import { halfTwin, numbers, twin } from './sample.js';

const card = cardOf(4, table('the pack'));
const encoder = digestOf(card);
const [a, b] = [numbers(4, 1), numbers(4, 2)];

test('without a head compares what the encoder gives, by its own table', () => {
  const plain = comparisonOf(card);
  assert.equal(plain.digest, encoder);
  assert.equal(plain.template(a), a);
  assert.equal(plain.between(a, b), euclidean(a, b));
  assert.equal(plain.calibration?.source, 'the pack');
});

test('sends each side through its own half of a half-twin', () => {
  const head = { ...halfTwin(), encoder };
  const compared = comparisonOf(card, head);
  const expected = euclidean(applyHead(head, 'template', a), applyHead(head, 'live', b));
  assert.equal(compared.between(a, b), expected);
  assert.notEqual(compared.between(b, a), expected);
  assert.equal(compared.digest, digestWithHead(head));
  assert.equal(compared.trunk.digest, encoder);
  assert.equal(compared.dimension, head.outputs);
});

for (const [name, head, source] of [
  ['a head with a table goes by its own', { ...twin(), encoder, calibration: table('the head') }, 'the head'],
  ['a head without one has none, whatever the pack says', { ...twin(), encoder }, undefined],
  ['the identity leaves the pack’s', identityHead(encoder, 4), 'the pack'],
] as const) {
  test(name, () => assert.equal(comparisonOf(card, head).calibration?.source, source));
}

for (const [name, head] of [
  ['of another encoder', twin()],
  ['of another dimension', { ...twin(5), encoder }],
] as const) {
  test(`refuses a head ${name}`, () => {
    assert.throws(
      () => comparisonOf(card, head),
      (error) => error instanceof TwinstileError && error.code === 'head-refused',
    );
  });
}
