import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId, siteId } from '../../../src/base/ids.js';
import {
  cameraCondition,
  countsAsPhoto,
  inLight,
  PHOTO,
  readCondition,
  UNKNOWN_CONDITION,
  WEBCAM,
} from '../../../src/biometrics/conditions/capture-condition.js';

const north = cameraCondition(siteId('hq'), laneId('north'), 'color');

test('a camera has the same condition on every box, and does not name its lane', () => {
  assert.equal(north, 'camera/265286ccd6654937/color');
});

test('two lanes, two sites and two lights are different conditions', () => {
  const all = [
    north,
    cameraCondition(siteId('hq'), laneId('south'), 'color'),
    cameraCondition(siteId('plant'), laneId('north'), 'color'),
    // Neither part can be moved across the border between the two.
    cameraCondition(siteId('hqn'), laneId('orth'), 'color'),
    cameraCondition(siteId('hq'), laneId('north'), 'infrared'),
  ];
  assert.equal(new Set(all).size, all.length);
});

test('only conditions are read as conditions', () => {
  for (const condition of [PHOTO, WEBCAM, UNKNOWN_CONDITION, north])
    assert.equal(readCondition(condition), condition);
  for (const text of [
    '',
    'Photo',
    'camera',
    'camera/north/color',
    `${north}/x`,
    'camera/265286ccd6654937/red',
  ])
    assert.equal(readCondition(text), undefined, text);
});

test('a camera has one condition for each light; a photograph has one', () => {
  assert.equal(inLight(north, 'infrared'), cameraCondition(siteId('hq'), laneId('north'), 'infrared'));
  assert.equal(inLight(PHOTO, 'infrared'), undefined);
});

test('templates of an unknown condition are compared as photographs', () => {
  assert.deepEqual([PHOTO, UNKNOWN_CONDITION, WEBCAM, north].filter(countsAsPhoto), [
    PHOTO,
    UNKNOWN_CONDITION,
  ]);
});
