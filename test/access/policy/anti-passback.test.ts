import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blankRecord, type Way } from '../../../src/access/policy/access-record.js';
import {
  type PassbackRules,
  passbackOn,
  withoutPassage,
  withPassage,
  zoneOf,
} from '../../../src/access/policy/anti-passback.js';
import { dayOf } from '../../../src/access/policy/schedule.js';
import { millis, monotonic, wallTime } from '../../../src/base/units.js';
import { utc } from './sample.js';

const entry: Way = { direction: 'in', zones: { from: 'street', to: 'hall' } };
const exit: Way = { direction: 'out', zones: { from: 'hall', to: 'street' } };
const inner: Way = { direction: 'in', zones: { from: 'hall', to: 'lab' } };
const plain: Way = { direction: 'in' };
const morning = { now: monotonic(10_000), at: utc('2026-06-15T08:00') };
const later = (ms: number) => ({ now: monotonic(10_000 + ms), at: wallTime(morning.at + ms) });
const hard: PassbackRules = { zones: 'hard', day: dayOf('UTC', 240) };
const inside = withPassage(blankRecord, entry, morning, hard);

for (const [what, way, rules, ms, finding] of [
  ['going in again is refused', entry, hard, 60_000, 'refused'],
  ['going out is clear', exit, hard, 60_000, 'clear'],
  ['going further in is clear', inner, hard, 60_000, 'clear'],
  ['going in again is only reported when soft', entry, { ...hard, zones: 'soft' }, 60_000, 'reported'],
  ['going in again is clear when off', entry, { ...hard, zones: 'off' }, 60_000, 'clear'],
  ['a lane without zones takes no part', plain, hard, 60_000, 'clear'],
  ['at 3:59 of the next day nothing is reset', entry, hard, 20 * 3_600_000 - 60_000, 'refused'],
  ['at 4:00 of the next day everybody may be anywhere', entry, hard, 20 * 3_600_000, 'clear'],
  ['without a set hour only an operator resets', entry, { zones: 'hard' }, 20 * 3_600_000, 'refused'],
] as const) {
  test(`after going in, ${what}`, () =>
    assert.equal(passbackOn(inside, way, later(ms), rules).finding, finding));
}

test('whoever was never seen may come from anywhere', () =>
  assert.deepEqual(passbackOn(blankRecord, exit, morning, hard), { finding: 'clear' }));

test('a report says where the person was thought to be', () =>
  assert.deepEqual(passbackOn(inside, entry, later(1), { ...hard, zones: 'soft' }), {
    finding: 'reported',
    expected: 'street',
    known: 'hall',
  }));

test('a clock that was set back resets nobody', () => {
  const yesterday = { now: monotonic(20_000), at: utc('2026-06-10T12:00') };
  assert.equal(passbackOn(inside, entry, yesterday, hard).finding, 'refused');
});

const timed: PassbackRules = { zones: 'off', again: millis(5000) };
for (const [what, way, ms, finding] of [
  ['within the time to the same side is refused', entry, 4999, 'refused'],
  ['after the time is clear', entry, 5000, 'clear'],
  ['to the other side is clear at once', exit, 1, 'clear'],
  ['at a time before it is refused', entry, -1, 'refused'],
  ['at a time that is no number is refused', entry, Number.NaN, 'refused'],
] as const) {
  test(`timed: passing again ${what}`, () =>
    assert.equal(
      passbackOn(withPassage(blankRecord, entry, morning, timed), way, later(ms), timed).finding,
      finding,
    ));
}

test('timed: two lanes to the same zone are one passage, two lanes without zones are one per direction', () => {
  const sideDoor: Way = { direction: 'in', zones: { from: 'yard', to: 'hall' } };
  assert.equal(
    passbackOn(withPassage(blankRecord, entry, morning, timed), sideDoor, later(1), timed).finding,
    'refused',
  );
  const went = withPassage(blankRecord, plain, morning, timed);
  assert.equal(passbackOn(went, plain, later(1), timed).finding, 'refused');
  assert.equal(passbackOn(went, { direction: 'out' }, later(1), timed).finding, 'clear');
});

test('an operator resets zone and time, and leaves quotas alone', () => {
  const counts = { q: { day: '2026-06-15', count: 2 } };
  const record = withoutPassage({ ...inside, counts });
  assert.deepEqual(passbackOn(record, entry, later(1), { ...hard, again: millis(5000) }), {
    finding: 'clear',
  });
  assert.deepEqual(record.counts, counts);
  assert.equal(zoneOf(record, morning.at, hard), undefined);
});
