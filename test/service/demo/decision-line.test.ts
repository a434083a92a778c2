import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LaneNote } from '../../../src/lane/lane-dependencies.js';
import { faultLine } from '../../../src/service/demo/decision-line.js';

for (const [name, note, expected] of [
  [
    'a camera that is gone',
    { kind: 'camera', status: 'unplugged', detail: 'no device' },
    /unplugged: no device/,
  ],
  ['a picture that stands still', { kind: 'camera', status: 'frozen' }, /Camera frozen\./],
  ['a vision process that died', { kind: 'vision-restarting', cause: 'killed' }, /replaced: killed/],
] as const)
  test(`tells of ${name}`, () => assert.match(faultLine(note as LaneNote) ?? '', expected));

for (const status of ['live', 'opening'] as const)
  test(`says nothing of a camera that is ${status}`, () =>
    assert.equal(faultLine({ kind: 'camera', status }), undefined));
