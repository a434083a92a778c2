import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TwinstileError } from '../../src/base/errors.js';
import { readDate, readSince, readUntilAfter } from '../../src/base/local-moment.js';
import { instantOf, localClock } from '../../src/base/local-time.js';
import { wallTime } from '../../src/base/units.js';
import { utc } from '../access/policy/sample.js';
import { holds } from '../support/properties.js';

const BERLIN = 'Europe/Berlin';
/** A Monday, 09:15:20 in Berlin. */
const NOW = wallTime(Date.UTC(2026, 10, 30, 8, 15, 20));
const at = (zone: string, now = NOW) => ({ now, zone, where: '--since' });

for (const [text, instant] of [
  ['now', '2026-11-30T08:15:20'],
  ['today', '2026-11-29T23:00'],
  ['Yesterday', '2026-11-28T23:00'],
  ['monday', '2026-11-29T23:00'],
  ['sat', '2026-11-27T23:00'],
  ['06:00', '2026-11-30T05:00'],
  ['6:00:30', '2026-11-30T05:00:30'],
  ['10:00', '2026-11-29T09:00'],
  ['10pm', '2026-11-29T21:00'],
  ['12:30 am', '2026-11-29T23:30'],
  ['midnight', '2026-11-29T23:00'],
  ['yesterday 22:00', '2026-11-29T21:00'],
  ['yesterday at 10 pm', '2026-11-29T21:00'],
  ['2026-11-01', '2026-10-31T23:00'],
  ['1.11.2026', '2026-10-31T23:00'],
  ['2026-11-01 18:00', '2026-11-01T17:00'],
  ['2026-11-01T18:00:05', '2026-11-01T17:00:05'],
  ['2026-11-01T18:00:05Z', '2026-11-01T18:00:05'],
  ['2026-11-01T18:00:05.123+05:30', '2026-11-01T12:30:05'],
  ['2026-11-01 18:00 -0300', '2026-11-01T21:00'],
  ['2h', '2026-11-30T06:15:20'],
  ['90 minutes ago', '2026-11-30T06:45:20'],
  ['1d', '2026-11-29T08:15:20'],
  ['2 weeks', '2026-11-16T08:15:20'],
] as const)
  test(`since '${text}' is ${instant} UTC on a Monday morning in Berlin`, () =>
    assert.equal(new Date(readSince(text, at(BERLIN))).toISOString().slice(0, instant.length), instant));

for (const [text, since, instant] of [
  ['06:00', 'yesterday', '2026-11-30T05:00'],
  ['06:00', '22:00', '2026-11-30T05:00'],
  ['06:00', '08:00', '2026-12-01T05:00'],
  ['today', undefined, '2026-11-30T23:00'],
  ['yesterday', 'yesterday', '2026-11-29T23:00'],
  ['2026-11-29', '2026-11-28', '2026-11-29T23:00'],
  ['1h', undefined, '2026-11-30T07:15:20'],
] as const)
  test(`until '${text}' after ${since ?? 'no beginning'} is ${instant} UTC`, () => {
    const begin = since === undefined ? undefined : readSince(since, at(BERLIN));
    const end = readUntilAfter(text, at(BERLIN), begin);
    assert.equal(new Date(end).toISOString().slice(0, instant.length), instant);
  });

test('in the night when clocks go back, the hour that comes twice is had from its first beginning to its last end', () => {
  const context = at(BERLIN, utc('2026-10-25T08:00'));
  const since = readSince('02:15', context);
  assert.equal(since, utc('2026-10-25T00:15'));
  assert.equal(readUntilAfter('02:45', context, since), utc('2026-10-25T01:45'));
  // The same time of the day before, although 25 hours lie between.
  assert.equal(readSince('1d', context), utc('2026-10-24T07:00'));
  assert.equal(readSince('24h', context), utc('2026-10-24T08:00'));
});

test('a time that the night in spring skips is the instant at which it skips', () =>
  assert.equal(readSince('2026-03-29 02:30', at(BERLIN, utc('2026-03-29T08:00'))), utc('2026-03-29T01:30')));

for (const text of [
  '',
  'soon',
  '25:00',
  '12:60',
  '13pm',
  '0am',
  '2026-02-30',
  '31.02.2026',
  '11/30/2026',
  '6',
  '2h30',
  '-2h',
  'today 25:00',
  '2026-11-30T',
  '06:00Z',
  'yesterday tomorrow',
])
  test(`'${text}' names no time, and the refusal shows forms that do`, () => {
    const refused = (error: unknown) =>
      error instanceof TwinstileError &&
      error.code === 'bad-arguments' &&
      /yesterday, 06:00/.test(error.message);
    assert.throws(() => readSince(text, at(BERLIN)), refused);
    assert.throws(() => readUntilAfter(text, at(BERLIN)), refused);
  });

test('a date with strokes gets the order to write the year first', () =>
  assert.throws(() => readSince('11/30/2026', at(BERLIN)), { hint: /Write the year first/ }));

test('an end that is not after the beginning is refused', () =>
  assert.throws(() => readUntilAfter('yesterday', at(BERLIN), readSince('today', at(BERLIN))), {
    message: /after the beginning/,
  }));

test('a date is read as 2026-11-30 and as 30.11.2026, and only one that the calendar has', () => {
  assert.equal(readDate('30.11.2026'), '2026-11-30');
  assert.equal(readDate('3.1.2026'), '2026-01-03');
  assert.equal(readDate('2024-02-29'), '2024-02-29');
  for (const none of ['29.02.2026', '2026-13-01', '30.11.26', '2026-1-1', ''])
    assert.equal(readDate(none), undefined);
});

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Africa/Cairo',
  'UTC',
];
const cases = fc.record({
  zone: fc.constantFrom(...ZONES),
  now: fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2037, 11, 31) }).map(wallTime),
  minute: fc.integer({ min: 0, max: 1439 }),
});
const clockText = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

test('days follow each other without a gap, and today holds now, whatever the clocks do', async (t) => {
  const property = fc.property(cases, ({ zone, now }) => {
    const context = at(zone, now);
    const [today, tomorrow] = [readSince('today', context), readUntilAfter('today', context)];
    assert.ok(today <= now && now < tomorrow);
    assert.equal(readUntilAfter('yesterday', context), today);
    assert.ok(readSince('yesterday', context) < today);
  });
  await holds(t, property, { short: 300, long: 20_000 });
});

test('a time of day has passed and is at most 25 hours old, and the clock shows it wherever it does not skip it', async (t) => {
  const property = fc.property(cases, ({ zone, now, minute }) => {
    const found = readSince(clockText(minute), at(zone, now));
    assert.ok(found <= now && now - found <= 25 * 3_600_000 + 60_000);
    const local = localClock(zone)(found);
    const date = local?.date ?? '';
    const isSkipped = localClock(zone)(instantOf(zone, date, minute))?.minute !== minute;
    assert.ok(local?.minute === minute || isSkipped, `${found}`);
  });
  await holds(t, property, { short: 300, long: 20_000 });
});

test('an end that is a time of day is always after its beginning, and within two days of now or of it', async (t) => {
  const property = fc.property(cases, fc.integer({ min: 0, max: 1439 }), ({ zone, now, minute }, begin) => {
    const since = readSince(clockText(begin), at(zone, now));
    const until = readUntilAfter(clockText(minute), at(zone, now), since);
    assert.ok(until > since && until - since <= 49 * 3_600_000);
  });
  await holds(t, property, { short: 300, long: 20_000 });
});

test('an instant with its offset is read as it was, in any zone', async (t) => {
  const property = fc.property(cases, ({ zone, now }) => {
    const second = wallTime(Math.floor(now / 1000) * 1000);
    assert.equal(readSince(new Date(second).toISOString(), at(zone, now)), second);
  });
  await holds(t, property, { short: 300, long: 20_000 });
});

test('any text is a time or a refusal with a code', async (t) => {
  const word = fc.constantFrom(
    'today',
    'yesterday',
    '06:00',
    '2h',
    '30.11.2026',
    'at',
    'T',
    ' ',
    'Z',
    '+01:00',
    '9',
    ':',
    '-',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word, { maxLength: 6 }).map((words) => words.join('')),
  );
  const property = fc.property(cases, texts, ({ zone, now }, text) => {
    try {
      assert.ok(Number.isFinite(readSince(text, at(zone, now))));
    } catch (error) {
      assert.ok(error instanceof TwinstileError && error.code === 'bad-arguments', String(error));
    }
  });
  await holds(t, property, { short: 500, long: 50_000 });
});
