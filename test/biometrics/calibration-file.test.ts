import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calibrationFromText, calibrationToText } from '../../src/biometrics/calibration-file.js';
import { comparisonOf } from '../../src/biometrics/head/comparison.js';
import { digestOf } from '../../src/biometrics/model-card.js';
import { cardOf, table } from './head/card-sample.js';
import { twin } from './head/sample.js';

const card = cardOf(4, table('the pack'));
const encoder = digestOf(card);
const head = { ...twin(), encoder, calibration: table('the head') };
const behind = comparisonOf(card, head).digest;
const own = { ...table('the site'), digest: behind };
const text = calibrationToText('mobile', own);

test('comes back as it was', () => assert.deepEqual(calibrationFromText(text), own));

for (const [name, broken] of [
  ['a changed rate', text.replace('1e-8', '1e-9')],
  ['no JSON', text.slice(1)],
  ['another format', text.replace('calibration/1', 'calibration/2')],
  ['an endless text', text + ' '.repeat(1_000_000)],
] as const)
  test(`refuses ${name}`, () => {
    assert.notEqual(broken, text);
    assert.throws(() => calibrationFromText(broken), { code: 'calibration-refused' });
  });

test('does not write what names nothing that it was made of', () => {
  assert.throws(() => calibrationToText('mobile', table('anybody')), { code: 'calibration-refused' });
});

test('takes the place of the head’s own table, and of the pack’s', () => {
  assert.equal(comparisonOf(card, head, own).calibration?.source, 'the site');
  const plain = { ...table('the site'), digest: encoder };
  assert.equal(comparisonOf(card, undefined, plain).calibration?.source, 'the site');
});

for (const [name, of, calibration] of [
  ['a head’s table without the head', undefined, own],
  ['the encoder’s table behind a head', head, { ...own, digest: encoder }],
  ['a head that carries another’s table', { ...head, calibration: { ...own, digest: encoder } }, undefined],
] as const)
  test(`a comparison refuses ${name}`, () =>
    assert.throws(() => comparisonOf(card, of, calibration), { code: 'calibration-refused' }));
