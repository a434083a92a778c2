import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitReportRate } from '../../../src/vision/process/output-limits.js';

const hears = (messages: number, everyMs: number, bytes = 1000) => {
  const bound = limitReportRate();
  for (let message = 0; message < messages; message += 1) bound(bytes, message * everyMs);
};

for (const [what, messages, everyMs, bytes] of [
  ['sixty frames a second for ten minutes', 36_000, 1000 / 60, 25_000],
  ['half a minute of frames at once, after core was held up', 1800, 0, 1000],
  ['photographs with sixty-four faces, ten a second', 600, 100, 1 << 20],
] as const)
  test(`lets ${what} pass`, () => hears(messages, everyMs, bytes));

for (const [what, messages, everyMs, bytes] of [
  ['three thousand messages at once', 3000, 0, 0],
  ['a thousand a second for ten seconds', 10_000, 1, 0],
  ['a hundred of the longest at once', 100, 0, 2 << 20],
] as const)
  test(`does not listen to ${what}`, () =>
    assert.throws(() => hears(messages, everyMs, bytes), { code: 'vision-protocol' }));
