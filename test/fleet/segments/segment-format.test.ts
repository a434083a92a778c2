import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { badgeId, laneId, modelDigest, personId, siteId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import {
  type CaptureCondition,
  cameraCondition,
  PHOTO,
  UNKNOWN_CONDITION,
  WEBCAM,
} from '../../../src/biometrics/conditions/capture-condition.js';
import { decodeSegment, encodeSegment, type PublishedPerson } from '../../../src/fleet/segments/segment.js';
import { holds } from '../../support/properties.js';

const north = cameraCondition(siteId('hq'), laneId('north'), 'color');
const atNight = cameraCondition(siteId('hq'), laneId('north'), 'infrared');

const personWith = (...conditions: readonly (CaptureCondition | undefined)[]): PublishedPerson => ({
  person: { id: personId('ada'), name: 'Ada', consent: { textVersion: '1', givenAt: wallTime(5) } },
  badges: [badgeId('b-1')],
  templates: conditions.map((condition, number) => ({
    digest: modelDigest('d'.repeat(64)),
    source: number.toString(16).padStart(64, '0'),
    createdAt: wallTime(6),
    vector: Float32Array.of(0.6, 0.8, 0, number),
    condition,
  })),
});

const conditionsIn = (bytes: Buffer): readonly (CaptureCondition | undefined)[] =>
  decodeSegment(bytes).flatMap(({ templates }) => templates.map(({ condition }) => condition));

/** What the version before conditions took: it refused the whole segment for any other field. */
const KEYS_OF_FORMAT_1 = ['digest', 'source', 'created_at', 'dimension'];

test('format 2 carries where each template was captured, and one of which it is not recorded', () => {
  const given = [north, atNight, PHOTO, WEBCAM, UNKNOWN_CONDITION, undefined];
  const bytes = encodeSegment([personWith(...given)], 2);
  assert.equal(bytes.subarray(0, 7).toString(), 'TWSEG2\n');
  assert.deepEqual(conditionsIn(bytes), [...given.slice(0, -1), UNKNOWN_CONDITION]);
});

test('format 1 has exactly the fields that boxes of the version before take, whatever is recorded', async (t) => {
  const condition = fc.constantFrom(north, atNight, PHOTO, WEBCAM, UNKNOWN_CONDITION, undefined);
  await holds(
    t,
    fc.property(fc.array(condition, { minLength: 1, maxLength: 5 }), (conditions) => {
      const bytes = encodeSegment([personWith(...conditions)], 1);
      assert.equal(bytes.subarray(0, 7).toString(), 'TWSEG1\n');
      const length = bytes.readUInt32BE(11);
      const json = JSON.parse(bytes.subarray(15, 15 + length).toString()) as { templates: object[] };
      for (const template of json.templates) assert.deepEqual(Object.keys(template), KEYS_OF_FORMAT_1);
      assert.deepEqual(bytes, encodeSegment([personWith(...conditions.map(() => undefined))], 1));
      assert.deepEqual(
        conditionsIn(bytes),
        conditions.map(() => undefined),
      );
    }),
    { short: 50, long: 1000 },
  );
});

test('a condition that a later version may know counts as not recorded, and the person is taken', () => {
  const bytes = encodeSegment([personWith('thermal/7' as CaptureCondition)], 2);
  assert.deepEqual(conditionsIn(bytes), [UNKNOWN_CONDITION]);
});

test('a segment of a later format is refused with the order to upgrade', () => {
  const bytes = encodeSegment([personWith(north)], 2);
  bytes.write('TWSEG3\n');
  assert.throws(() => decodeSegment(bytes), {
    code: 'fleet-refused',
    hint: /Install the registrar’s version/,
  });
});

test('a template of format 2 without a condition is no template of format 2', () => {
  const bytes = encodeSegment([personWith(north)], 1);
  bytes.write('TWSEG2\n');
  assert.throws(() => decodeSegment(bytes), { code: 'fleet-refused' });
});
