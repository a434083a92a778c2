import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type WallTime, wallTime } from '../../../src/base/units.js';
import type { Upkeep } from '../../../src/records/erasure/retention.js';
import { retain } from '../../../src/records/erasure/retention.js';

const DAY = 86_400_000;
const now = wallTime(1000 * DAY);

function upkeep(newest: WallTime | undefined) {
  const asked: string[] = [];
  const fake: Upkeep = {
    newestRow: async () => newest,
    forgetJournalBefore: async (at) => asked.push(`journal before day ${at / DAY}`),
    eraseTemplatesBefore: async (at) => asked.push(`templates before day ${at / DAY}`),
    forgetTombstonesBefore: async (at) => asked.push(`tombstones before day ${at / DAY}`),
    backUp: async () => '',
  };
  return { fake, asked };
}

test('each kind goes at its own age, and what has no age stays', async () => {
  const { fake, asked } = upkeep(now);
  await retain(fake, { journalDays: 30, templatesDays: 7, tombstonesDays: 400 }, now);
  await retain(fake, {}, now);
  assert.deepEqual(asked, [
    'journal before day 970',
    'templates before day 993',
    'tombstones before day 600',
  ]);
});

for (const [what, newest, at, kind] of [
  ['a clock thrown ten years forward', now, wallTime(now + 3650 * DAY), 'put-off'],
  ['a clock that shows no number', now, wallTime(Number.NaN), 'put-off'],
  ['a clock thrown back', now, wallTime(0), 'done'],
  ['a quiet month', now, wallTime(now + 30 * DAY), 'done'],
  ['a new box', undefined, now, 'done'],
] as const)
  test(`${what}: ${kind}`, async () => {
    const { fake, asked } = upkeep(newest);
    const retained = await retain(fake, { journalDays: 30 }, at);
    assert.equal(retained.kind, kind);
    if (kind === 'put-off') assert.deepEqual(asked, []);
  });
