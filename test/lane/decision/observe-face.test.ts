import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { distance } from '../../../src/base/units.js';
import { fmrOf } from '../../../src/biometrics/fmr.js';
import { compareWith, matchFace } from '../../../src/lane/decision/observe-face.js';
import { calibration, galleryOf } from '../lane-world.js';

test('says who is nearest, and how rarely strangers are as near, for them and for the next one', async () => {
  const { search } = await galleryOf();
  const match = await matchFace(Float32Array.of(0.5, 0), search, calibration);
  assert.deepEqual(match, { person: 'ada', fmr: fmrOf(calibration, distance(0.5)), runnerUpFmr: 1 });
});

test('names no runner-up where one person alone is enrolled, and nobody where none is', async () => {
  const alone = await matchFace(Float32Array.of(0, 0), (await galleryOf(['ada'])).search, calibration);
  assert.deepEqual(alone, { person: 'ada', fmr: 1e-8 });
  assert.equal(await matchFace(Float32Array.of(0, 0), (await galleryOf([])).search, calibration), undefined);
});

test('compares with one person alone', async () => {
  const { search } = await galleryOf();
  assert.equal(compareWith(Float32Array.of(0, 0), personId('ada'), search, calibration), 1e-8);
  assert.equal(compareWith(Float32Array.of(0, 0), personId('bob'), search, calibration), 1);
  assert.equal(compareWith(Float32Array.of(0, 0), personId('cyd'), search, calibration), undefined);
});
