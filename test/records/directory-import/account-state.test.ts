import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAccountTime } from '../../../src/records/directory-import/account-state.js';

/** Whose days are meant, whatever the zone of this process. */
const zone = 'America/Los_Angeles';

for (const [attribute, text, expected] of [
  ['accountexpires', '0', 'never'],
  ['accountexpires', '9223372036854775807', 'never'],
  // The example of Microsoft's `w32tm /ntte`.
  ['accountexpires', '128271382742968750', Date.UTC(2007, 5, 24, 5, 57, 54, 296)],
  ['shadowexpire', '-1', 'never'],
  ['shadowexpire', '20453', Date.UTC(2025, 11, 31, 8)],
  ['shadowexpire', '9999999', 'never'],
  ['x', '20261231230000Z', Date.UTC(2026, 11, 31, 23)],
  ['x', '20261231230000.0+0200', Date.UTC(2026, 11, 31, 21)],
  ['x', '2026123123Z', Date.UTC(2026, 11, 31, 23)],
  ['x', '2026-12-31T23:00:00Z', Date.UTC(2026, 11, 31, 23)],
  ['x', '2026-12-31', Date.UTC(2027, 0, 1, 8)],
  ['x', '2026-02-31', undefined],
  ['x', 'tomorrow', undefined],
  ['x', '', undefined],
  ['accountexpires', 'soon', undefined],
  ['x', '99991231235959Z', 'never'],
] as const)
  test(`${attribute}: '${text}' is ${expected}`, () =>
    assert.equal(readAccountTime(attribute, text, { end: true, zone }), expected));

test('the beginning of a day counts where somebody begins', () =>
  assert.equal(readAccountTime('x', '2026-12-31', { end: false, zone }), Date.UTC(2026, 11, 31, 8)));
