import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blankRecord } from '../../../src/access/policy/access-record.js';
import { isUsedUp, type Quota, quotasOn, withCount } from '../../../src/access/policy/quota.js';
import { dayOf } from '../../../src/access/policy/schedule.js';
import { wallTime } from '../../../src/base/units.js';
import { north, south, utc } from './sample.js';

const twice: Quota = {
  id: 'meals',
  groups: new Set(['staff']),
  lanes: new Set([north]),
  perDay: 2,
  day: dayOf('Asia/Kathmandu'),
};
const noon = utc('2026-06-15T06:00');
const once = withCount(blankRecord, twice, noon);
const both = withCount(once, twice, noon);

test('what is allowed twice is used up after the second time', () => {
  assert.deepEqual(
    [blankRecord, once, both].map((record) => isUsedUp(record, twice, noon)),
    [false, false, true],
  );
});

test('at midnight of the place, and not before, everybody begins anew', () => {
  assert.equal(isUsedUp(both, twice, utc('2026-06-15T18:14')), true);
  assert.equal(isUsedUp(both, twice, utc('2026-06-15T18:15')), false);
});

test('a clock that was set back gives nobody another turn', () => {
  const yesterday = utc('2026-06-14T06:00');
  assert.equal(isUsedUp(both, twice, yesterday), true);
  const [again, tomorrow] = [withCount(once, twice, yesterday), utc('2026-06-16T06:00')];
  assert.equal(isUsedUp(again, twice, noon), true);
  assert.equal(isUsedUp(again, twice, tomorrow), false);
});

test('at a time that is no number it is used up, and counting does nothing', () => {
  const none = wallTime(Number.NaN);
  assert.equal(isUsedUp(blankRecord, twice, none), true);
  assert.equal(withCount(once, twice, none), once);
});

test('a limit that is no number allows nothing', () =>
  assert.equal(isUsedUp(blankRecord, { ...twice, perDay: Number.NaN }, noon), true));

test('a quota is about its groups and lanes only', () => {
  const about = (groups: readonly string[], lane: typeof north) =>
    quotasOn([twice], new Set(groups), lane).length;
  assert.deepEqual([about(['staff'], north), about(['staff'], south), about(['guests'], north)], [1, 0, 0]);
  const all: Quota = { ...twice, groups: 'everyone', lanes: 'all' };
  assert.equal(quotasOn([all], new Set(), south).length, 1);
});
